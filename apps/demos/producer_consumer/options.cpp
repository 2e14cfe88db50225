// SPDX-License-Identifier: BSL-1.0
#include "producer_consumer/options.hpp"

#include <charconv>
#include <iostream>
#include <sstream>
#include <string>

#include "common/errors.hpp"
#include "common/given_options.hpp"

namespace demo {

namespace po = boost::program_options;

namespace {

using Words = std::vector<std::string>;

po::options_description description() {
    po::options_description all{"Options"};
    const auto text = [](const char* name, const char* usual) {
        return po::value<std::string>()->value_name(name)->default_value(usual);
    };
    auto add = all.add_options();
    add("help", "show this and stop");
    add("method", po::value<Words>()->value_name("METHOD"),
        "semaphores, queue, ring, sysv or all (which it is, unless given; again for another)");
    add("items", text("N", "1000000"), "how many items pass through the buffer");
    add("producers", text("N", "4"), "how many processes make them");
    add("consumers", text("N", "4"), "how many processes take them");
    add("capacity", po::value<std::string>()->value_name("N"),
        "how many items the buffer has room for (256; in the kernel's queue 10). Each of the "
        "rings, one for each producer and consumer, has room for that many at least");
    add("size", text("BYTES", "64"), "how long an item is, at least 16");
    add("backend", text("NAME", "robust"), "what the queue is made of: robust, boost or posix");
    add("kill-every", po::value<std::string>()->value_name("TIME"),
        "kill (SIGKILL) one of the processes that often, say 100ms or 1s, and start another in "
        "its part; the methods then are queue and ring");
    add("quiet", po::bool_switch(), "print the table only");
    return all;
}

std::uint64_t number_in(const po::variables_map& given, const std::string& option,
                        std::uint64_t least, std::uint64_t most) {
    const auto& text = given[option].as<std::string>();
    std::uint64_t number = 0;
    const auto* const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc{} || rest != end || number < least || number > most) {
        std::ostringstream what;
        what << "--" << option << ": " << text << " is not a number from " << least << " to "
             << most;
        throw UsageError{what.str()};
    }
    return number;
}

std::chrono::nanoseconds time_from(const std::string& text) {
    std::uint32_t number = 0;
    const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const std::string unit{rest, text.data() + text.size()};
    if (error == std::errc{} && number > 0 && unit == "ms") {
        return std::chrono::milliseconds{number};
    }
    if (error == std::errc{} && number > 0 && unit == "s") {
        return std::chrono::seconds{number};
    }
    throw UsageError{"--kill-every: " + text + " is not a time such as 100ms or 1s"};
}

crex::Backend backend_from(const std::string& name) {
    for (const auto backend : {crex::Backend::robust, crex::Backend::boost, crex::Backend::posix}) {
        if (name == to_string(backend)) {
            return backend;
        }
    }
    throw UsageError{"--backend: there is no " + name + "; there are robust, boost and posix"};
}

Words way_names(const po::variables_map& given, bool kills) {
    if (given.count("method") != 0) {
        return given["method"].as<Words>();
    }
    return kills ? Words{"queue", "ring"} : Words{"all"};
}

std::vector<Kind> kinds_from(const Words& names) {
    std::vector<Kind> kinds;
    for (const std::string& name : names) {
        if (name == "all") {
            kinds.insert(kinds.end(), {Kind::semaphores, Kind::queue, Kind::ring, Kind::sysv});
        } else if (const auto kind = kind_from(name)) {
            kinds.push_back(*kind);
        } else {
            throw UsageError{"--method: there is no " + name +
                             "; there are semaphores, queue, ring, sysv and all"};
        }
    }
    return kinds;
}

void refuse_to_kill(const Method& method) {
    if (const auto reason = method.why_not_kill()) {
        std::ostringstream what;
        what << "--kill-every does not go with " << method << ": " << *reason;
        throw UsageError{what.str()};
    }
}

std::vector<Method> ways_from(const po::variables_map& given, bool kills) {
    const auto backend = backend_from(given["backend"].as<std::string>());
    std::vector<Method> methods;
    for (const Kind kind : kinds_from(way_names(given, kills))) {
        const Method method{kind, backend};
        if (kills) {
            refuse_to_kill(method);
        }
        methods.push_back(method);
    }
    return methods;
}

Size size_from(const po::variables_map& given) {
    Size size;
    size.producers = static_cast<unsigned>(number_in(given, "producers", 1, 200));
    size.consumers = static_cast<unsigned>(number_in(given, "consumers", 1, 200));
    size.item = number_in(given, "size", 16, crex::robust_queue_message_size_max);
    if (given.count("capacity") != 0) {
        size.capacity = number_in(given, "capacity", 1, crex::robust_queue_messages_max);
    }
    return size;
}

} // namespace

Size Options::size_for(const Method& method) const {
    Size result = size;
    if (usual_capacity && method.kind == Kind::queue && method.backend == crex::Backend::posix) {
        result.capacity = 10; // allowed to ordinary users, unless root has changed it
    }
    return result;
}

std::optional<Options> options_from(int argc, char** argv) {
    const auto all = description();
    const auto given = given_options(argc, argv, all);
    if (given.count("help") != 0) {
        std::cout << "Usage: producer_consumer [options]\n\nPasses items from producers to "
                     "consumers through a bounded buffer, by several methods,\nand accounts for "
                     "every one of them.\n\n"
                  << all;
        return std::nullopt;
    }
    Options options;
    if (given.count("kill-every") != 0) {
        options.kill_every = time_from(given["kill-every"].as<std::string>());
    }
    options.methods = ways_from(given, options.kill_every.has_value());
    options.items = number_in(given, "items", 1, 1'000'000'000'000);
    options.size = size_from(given);
    options.usual_capacity = given.count("capacity") == 0;
    options.quiet = given["quiet"].as<bool>();
    return options;
}

} // namespace demo
