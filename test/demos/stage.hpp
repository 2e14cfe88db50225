// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <stdexcept>
#include <thread>
#include <tuple>

#include <boost/test/unit_test.hpp>

#include "demos/params.hpp"
#include "support/program.hpp"

namespace test {

/// The path of a demo program.
inline std::string app(const std::string& name) { return CREX_TEST_APPS "/" + name; }

// The demos: Premise and Conclusion in shared memory, and through a queue on each backend.

struct SharedMemoryDemo {
    static constexpr const char* premise = "premise";
    static constexpr const char* conclusion = "conclusion";
    static constexpr const char* heard = ": read ";

    static Params::Values values() { return {}; }

    /// The demo's objects by title, and whether each exists.
    static std::map<std::string, bool> objects(const Params& params) {
        return {{"semaphore " + params.semaphore_name(),
                 crex::inspect_semaphore(params.semaphore_name()).has_value()},
                {"shared memory " + params.shared_memory_name(),
                 crex::inspect_shared_memory(params.shared_memory_name()).has_value()}};
    }
};

template <crex::Backend backend> struct QueueDemo {
    static constexpr crex::Backend kind = backend;
    static constexpr const char* premise = "mq_premise";
    static constexpr const char* conclusion = "mq_conclusion";
    static constexpr const char* heard = ": received ";

    static Params::Values values() {
        return {{"QUEUE_BACKEND_NAME", std::string{crex::to_string(backend)}}};
    }

    static std::map<std::string, bool> objects(const Params& params) {
        const std::string name = params.message_queue_name();
        return {{std::string{crex::to_string(backend)} + " message queue " + name,
                 crex::inspect_message_queue(name, backend).has_value()}};
    }
};

struct BoostQueueDemo : QueueDemo<crex::Backend::boost> {};
struct PosixQueueDemo : QueueDemo<crex::Backend::posix> {};
struct RobustQueueDemo : QueueDemo<crex::Backend::robust> {};

using Demos = std::tuple<SharedMemoryDemo, BoostQueueDemo, PosixQueueDemo, RobustQueueDemo>;
using QueueDemos = std::tuple<BoostQueueDemo, PosixQueueDemo, RobustQueueDemo>;

/// The demos that programs in C and Python can join.
using SharedDemos = std::tuple<SharedMemoryDemo, PosixQueueDemo>;

/// Waits for the end of the program, which must have this exit code. Otherwise prints its output.
inline void expect_exit(Program& program, int expected) {
    const int status = program.wait();
    BOOST_TEST_REQUIRE(status == expected, "exit code " << status << ": " << program.output());
}

/// More iterations than any test waits for.
inline const std::string endless = "4000000000";

/// One run of a demo, with parameters of its own.
template <class Demo> struct Stage {
    using Arguments = std::vector<std::string>;

    Params params{Demo::values()};

    [[nodiscard]] Arguments with_params(const Arguments& more = {}) const {
        Arguments arguments{"--params", params.path()};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return arguments;
    }

    [[nodiscard]] Program premise(const Arguments& more = {}) const {
        return Program{app(Demo::premise), with_params(more)};
    }
    [[nodiscard]] Program conclusion(const Arguments& more = {}) const {
        return Program{app(Demo::conclusion), with_params(more)};
    }

    [[nodiscard]] bool has_everything() const { return count(true) == all(); }
    [[nodiscard]] bool has_nothing() const { return count(false) == all(); }

    /// Waits until a Conclusion in any language can be started.
    void await_objects_of(const Program& premise) const {
        using namespace std::chrono_literals;
        while (!has_everything()) {
            if (premise.has_ended()) {
                throw std::runtime_error{"premise has ended: " + premise.output()};
            }
            std::this_thread::sleep_for(1ms);
        }
    }

private:
    [[nodiscard]] std::size_t all() const { return Demo::objects(params).size(); }
    [[nodiscard]] std::size_t count(bool there) const {
        std::size_t count = 0;
        for (const auto& [title, is_there] : Demo::objects(params)) {
            count += is_there == there ? 1 : 0;
        }
        return count;
    }
};

} // namespace test
