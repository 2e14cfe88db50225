// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <thread>

namespace test {

/// Whether `happens` returns true within a time that is enough for everything that does not hang.
template <class Predicate>
bool eventually(Predicate happens, std::chrono::seconds time = std::chrono::seconds{20}) {
    const auto end = std::chrono::steady_clock::now() + time;
    while (!happens()) {
        if (std::chrono::steady_clock::now() > end) {
            return false;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds{1});
    }
    return true;
}

} // namespace test
