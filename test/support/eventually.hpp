// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <thread>

namespace test {

/// Whether `happens` within a time in which all that does not hang is done.
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
