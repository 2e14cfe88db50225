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
    void operator()(Stage* stage) const { munmap(stage, sizeof(Stage)); }
};

std::unique_ptr<Stage, Unmap> make_stage() {
    void* const memory =
        mmap(nullptr, sizeof(Stage), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        throw std::system_error{errno, std::generic_category(), "mmap"};
    }
    return std::unique_ptr<Stage, Unmap>{new (memory) Stage};
}

} // namespace

Outcome measure_once(const Scenario& scenario, const Subject& subject, const Setting& setting,
                     unsigned limit_in_seconds) {
    const auto stage = make_stage();
    run_apart(*stage, limit_in_seconds, [&] { subject.measure(scenario.method, *stage, setting); });
    subject.remove(setting.object);
    subject.remove(setting.answers());
    if (stage->ending() != Ending::done) {
        return {stage->ending(), {}, std::string{stage->error()}};
    }
    const auto figures = stage->figures();
    return {Ending::done, {figures.begin(), figures.end()}, std::string{stage->note()}};
}

} // namespace bench
