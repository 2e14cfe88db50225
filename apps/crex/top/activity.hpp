// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

#include <crex/inventory.hpp>

// What happens to objects while they are watched.

namespace cli {

// An object, and what happened to it per second; nothing when that is not known.
struct Activity {
    crex::Object object;
    std::optional<double> sends;
    std::optional<double> receives;
};

// All objects at one time.
struct Sample {
    std::vector<Activity> objects;
    bool is_at_server = false; // not on this machine
    std::vector<std::string> limitations;
    std::chrono::nanoseconds cost{}; // the time that looking took
};

// What looks at all objects: those of this machine, or those at a server.
struct Source {
    std::function<crex::Inventory()> look;
    bool is_at_server = false;
};

// Looks at all objects, again and again.
class Observer {
public:
    explicit Observer(Source source) : source_{std::move(source)} {}

    // The rates are those since the last look; nothing at the first one.
    Sample look();

private:
    using Key = std::tuple<crex::ObjectKind, std::uint64_t, std::uint64_t>;
    struct Counts {
        std::optional<std::uint64_t> sent;
        std::optional<std::uint64_t> received;
    };

    Source source_;
    std::map<Key, Counts> before_;
    std::chrono::steady_clock::time_point when_;
};

} // namespace cli
