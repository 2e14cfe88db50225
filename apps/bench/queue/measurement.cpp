// SPDX-License-Identifier: BSL-1.0
#include "queue/measurement.hpp"

#include <cerrno>
#include <memory>
#include <new>
#include <system_error>

#include <sys/mman.h>

#include "queue/processes.hpp"

namespace bench {

namespace {

struct Unmap {
    void operator()(SharedState* shared) const { munmap(shared, sizeof(SharedState)); }
};

std::unique_ptr<SharedState, Unmap> make_shared_state() {
    void* const memory = mmap(nullptr, sizeof(SharedState), PROT_READ | PROT_WRITE,
                              MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        throw std::system_error{errno, std::generic_category(), "mmap"};
    }
    return std::unique_ptr<SharedState, Unmap>{new (memory) SharedState};
}

} // namespace

Outcome measure_once(const Scenario& scenario, const Subject& subject, const Setting& setting,
                     unsigned limit_in_seconds) {
    const auto shared = make_shared_state();
    run_apart(*shared, limit_in_seconds,
              [&] { subject.measure(scenario.method, *shared, setting); });
    subject.remove(setting.object);
    subject.remove(setting.answers());
    if (shared->ending() != Ending::done) {
        return {shared->ending(), {}, std::string{shared->error()}};
    }
    const auto figures = shared->figures();
    return {Ending::done, {figures.begin(), figures.end()}, std::string{shared->note()}};
}

} // namespace bench
