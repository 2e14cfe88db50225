// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <exception>
#include <string>
#include <string_view>

#include <crex/robust_semaphore.hpp>
#include <crex/semaphore.hpp>

#include "subjects/subject.hpp"

namespace bench {

// crex's semaphore, by its two pairs of names.
template <bool as_lock> class CrexSemaphore : public Properties {
public:
    static void create(const std::string& object, unsigned permits) {
        crex::Semaphore{object, crex::O_CREX, {.initial_value = permits}};
    }

    static void remove(const std::string& object) noexcept {
        try {
            crex::unlink_semaphore(object);
        } catch (const std::exception&) { // never made, or removed before
        }
    }

    explicit CrexSemaphore(const std::string& object) : semaphore_{object} {}

    void acquire() { as_lock ? semaphore_.lock() : semaphore_.acquire(); }
    void release() { as_lock ? semaphore_.unlock() : semaphore_.release(); }

private:
    crex::Semaphore semaphore_;
};

// crex's semaphore whose permits come back when their holder dies.
class CrexRobustSemaphore : public Properties {
public:
    static constexpr std::string_view waiting = waits::adaptively;

    static void create(const std::string& object, unsigned permits) {
        crex::RobustSemaphoreOptions options;
        options.initial_value = permits;
        if (permits == 0) { // given by the other process, which holds none
            options.release = crex::Release::by_anyone;
        }
        crex::RobustSemaphore{object, crex::O_CREX, options};
    }

    static void remove(const std::string& object) noexcept {
        try {
            crex::unlink_robust_semaphore(object);
        } catch (const std::exception&) { // never made, or removed before
        }
    }

    explicit CrexRobustSemaphore(const std::string& object) : semaphore_{object} {}

    void acquire() { semaphore_.acquire(); }
    void release() { semaphore_.release(); }

private:
    crex::RobustSemaphore semaphore_;
};

} // namespace bench
