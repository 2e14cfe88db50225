// SPDX-License-Identifier: BSL-1.0
#include "harness/measurement.hpp"

#include <cerrno>
#include <memory>
#include <new>
#include <system_error>

#include <sys/mman.h>

#include "harness/processes.hpp"

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

// The names that a measurement uses.
std::vector<std::string> objects_of(const Method& method, const Setting& setting) {
    std::vector<std::string> objects{setting.object, setting.answers()};
    if (const auto* life = std::get_if<Life>(&method)) {
        for (std::size_t index = 0; index < life->others; ++index) {
            objects.push_back(setting.other(index));
        }
    }
    return objects;
}

} // namespace

Outcome measure_once(const Scenario& scenario, const Subject& subject, const Setting& setting,
                     unsigned limit_in_seconds) {
    const auto shared = make_shared_state();
    run_apart(*shared, limit_in_seconds,
              [&] { subject.measure(scenario.method, *shared, setting); });
    for (const std::string& object : objects_of(scenario.method, setting)) {
        subject.remove(object);
    }
    if (shared->ending() != Ending::done) {
        return {shared->ending(), {}, std::string{shared->error()}};
    }
    const auto figures = shared->figures();
    return {Ending::done, {figures.begin(), figures.end()}, std::string{shared->note()}};
}

} // namespace bench
