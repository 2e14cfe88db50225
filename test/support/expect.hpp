// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <iostream>
#include <stdexcept>
#include <string>

#include <boost/test/unit_test.hpp>

#include <crex/error.hpp>

namespace test {

/// Runs `body`, which must throw exactly an `Expected`; returns a copy of it.
template <class Expected, class Body> Expected thrown_by(Body&& body) {
    try {
        body();
    } catch (const Expected& error) {
        BOOST_TEST((typeid(error) == typeid(Expected)), "a subclass: " << error.what());
        return error;
    } catch (const std::exception& error) {
        BOOST_TEST_REQUIRE(false, "threw something else: " << typeid(error).name() << ": "
                                                           << error.what());
    }
    BOOST_TEST_REQUIRE(false, "threw nothing");
    throw std::logic_error{"unreachable"};
}

/// Runs `body`, which must throw exactly an `Expected` of crex with this errno.
template <class Expected, class Body> void expect_error(int code, Body&& body) {
    const auto error = thrown_by<Expected>(std::forward<Body>(body));
    BOOST_TEST(error.code().value() == code, error.what());
}

template <class Body> void expect_invalid(Body&& body) {
    thrown_by<std::invalid_argument>(std::forward<Body>(body));
}

inline bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != text.npos;
}

/// Prints why a test cannot run here; CTest counts it as skipped. The caller must return.
inline void skip(const std::string& reason) { std::cout << "[skipped] " << reason << std::endl; }

/// False when CMake did not find the program `name`, so that `path` is empty; the reason has then
/// been printed.
inline bool was_found(const std::string& path, const std::string& name) {
    if (path.empty()) {
        skip(name + " was not found");
    }
    return !path.empty();
}

} // namespace test
