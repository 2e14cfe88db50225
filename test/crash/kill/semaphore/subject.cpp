// SPDX-License-Identifier: BSL-1.0
#include "subject.hpp"

#include <crex/semaphore.hpp>

namespace crash {
namespace {

template <class Semaphore> class UnderTest : public SemaphoreUnderTest {
public:
    explicit UnderTest(Semaphore semaphore) : semaphore_{std::move(semaphore)} {}

    bool acquire_for(std::chrono::milliseconds timeout) override {
        return semaphore_.try_acquire_for(timeout);
    }
    void release(unsigned count) override { semaphore_.release(count); }
    unsigned value() override { return semaphore_.value(); }

protected:
    Semaphore semaphore_;
};

class RobustUnderTest final : public UnderTest<crex::RobustSemaphore> {
public:
    using UnderTest::UnderTest;
    crex::RobustSemaphore* robust() override { return &semaphore_; }
};

} // namespace

const SemaphoreSubject robust_semaphore{
    "RobustSemaphore",
    [](const std::string& name, unsigned permits) -> std::unique_ptr<SemaphoreUnderTest> {
        return std::make_unique<RobustUnderTest>(crex::RobustSemaphore{
            name, crex::O_CREX, {.initial_value = permits, .release = crex::Release::by_anyone}});
    },
    [](const std::string& name) -> std::unique_ptr<SemaphoreUnderTest> {
        return std::make_unique<RobustUnderTest>(crex::RobustSemaphore{name});
    },
    [](const std::string& name) { crex::unlink_robust_semaphore(name); },
    [](const std::string& name) { return std::string{"/dev/shm/crex-sem."}.append(name, 1); }};

const SemaphoreSubject posix_semaphore{
    "Semaphore",
    [](const std::string& name, unsigned permits) -> std::unique_ptr<SemaphoreUnderTest> {
        return std::make_unique<UnderTest<crex::Semaphore>>(
            crex::Semaphore{name, crex::O_CREX, {.initial_value = permits}});
    },
    [](const std::string& name) -> std::unique_ptr<SemaphoreUnderTest> {
        return std::make_unique<UnderTest<crex::Semaphore>>(crex::Semaphore{name});
    },
    [](const std::string& name) { crex::unlink_semaphore(name); },
    [](const std::string& name) { return std::string{"/dev/shm/sem."}.append(name, 1); }};

} // namespace crash
