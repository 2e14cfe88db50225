// SPDX-License-Identifier: BSL-1.0
#include "support/unique_name.hpp"

#include <atomic>
#include <cstdlib>

#include <unistd.h>

namespace test {

std::string name_prefix() {
    const char* const run = std::getenv("CREX_TEST_RUN");
    return "/crex-test-" + std::string{run != nullptr ? run : "0"} + "-";
}

std::string unique_name() {
    static std::atomic<int> count{0};
    return name_prefix() + std::to_string(getpid()) + "-" + std::to_string(++count);
}

} // namespace test
