// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <optional>
#include <sstream>
#include <string>
#include <tuple>
#include <vector>

#include "demos/stage.hpp"
#include "support/expect.hpp"

// The demo producer_consumer: its methods, and the rows of its table.

namespace test {

using Words = std::vector<std::string>;

/// One row of the table.
struct Row {
    std::string method;
    std::uint64_t items = 0, lost = 0, duplicated = 0, held = 0, kills = 0, rate = 0;
};

inline std::optional<Row> row_of(const std::string& title, const std::string& line) {
    if (line.rfind(title, 0) != 0) {
        return std::nullopt;
    }
    Row row{.method = title};
    std::istringstream figures{line.substr(title.size())};
    figures >> row.items >> row.lost >> row.duplicated >> row.held >> row.kills >> row.rate;
    return figures ? std::optional{row} : std::nullopt;
}

inline std::vector<Row> rows_in(const std::string& text) {
    std::vector<Row> rows;
    std::istringstream lines{text};
    for (std::string line; std::getline(lines, line);) {
        for (const std::string title :
             {"semaphores", "queue (robust)", "queue (boost)", "queue (posix)", "ring", "sysv"}) {
            if (const auto row = row_of(title, line)) {
                rows.push_back(*row);
            }
        }
    }
    return rows;
}

inline std::vector<Row> table_of(const Words& arguments) {
    Program program{app("producer_consumer"), arguments};
    expect_exit(program, 0);
    const auto rows = rows_in(program.output());
    BOOST_TEST_REQUIRE(!rows.empty(), program.output());
    return rows;
}

/// The methods, as options.

struct SemaphoreWay {
    static constexpr const char* method = "semaphores";
    static constexpr const char* backend = "robust"; // of a queue that this method does not have
};
struct SysvWay {
    static constexpr const char* method = "sysv";
    static constexpr const char* backend = "robust";
};
struct RingWay {
    static constexpr const char* method = "ring";
    static constexpr const char* backend = "robust";
};
struct RobustQueueWay {
    static constexpr const char* method = "queue";
    static constexpr const char* backend = "robust";
};
struct BoostQueueWay {
    static constexpr const char* method = "queue";
    static constexpr const char* backend = "boost";
};
struct PosixQueueWay {
    static constexpr const char* method = "queue";
    static constexpr const char* backend = "posix";
};

using EveryMethod =
    std::tuple<SemaphoreWay, SysvWay, RingWay, RobustQueueWay, BoostQueueWay, PosixQueueWay>;
using SafeWays = std::tuple<RingWay, RobustQueueWay, PosixQueueWay>;
using UnsafeWays = std::tuple<SemaphoreWay, SysvWay, BoostQueueWay>;

template <class Method> Words how(const Words& more) {
    Words arguments{"--method", Method::method, "--backend", Method::backend};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
}

/// How the row of this method begins.
template <class Method> std::string title() {
    std::string text{Method::method};
    if (text == "queue") {
        text.append(" (").append(Method::backend).append(")");
    }
    return text;
}

template <class Method> void expect_all_once(std::uint64_t items, const Words& more) {
    Words arguments{"--items", std::to_string(items)};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const auto rows = table_of(how<Method>(arguments));
    BOOST_TEST_REQUIRE(rows.size() == 1U);
    BOOST_TEST(rows[0].method == title<Method>());
    BOOST_TEST(rows[0].items == items);
    BOOST_TEST(rows[0].lost + rows[0].duplicated + rows[0].held + rows[0].kills == 0U);
    BOOST_TEST(rows[0].rate > 0U);
}

inline void expect_usage_error(const Words& arguments, const std::string& reason) {
    Program program{app("producer_consumer"), arguments};
    expect_exit(program, 2);
    BOOST_TEST(contains(program.output(), reason), program.output());
}

} // namespace test
