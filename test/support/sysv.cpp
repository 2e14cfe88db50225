// SPDX-License-Identifier: BSL-1.0
#include "support/sysv.hpp"

#include <array>
#include <fstream>
#include <limits>
#include <random>
#include <string>

namespace test {

namespace {

// One write appends to the file, so that tests may do it concurrently. IDs start anew when the
// machine does, so a note is valid until then.
void note(const std::string& what, std::int32_t number) {
    std::string boot;
    std::ifstream{"/proc/sys/kernel/random/boot_id"} >> boot;
    std::ofstream notes{CREX_TEST_SYSV_NOTES, std::ios::app};
    notes << what + " " + std::to_string(number) + " " + boot + "\n" << std::flush;
}

} // namespace

std::int32_t unique_key() {
    std::random_device random;
    const std::int32_t key = std::uniform_int_distribution<std::int32_t>{
        1, std::numeric_limits<std::int32_t>::max()}(random);
    note("key", key);
    return key;
}

void note(SysvKind kind, int id) {
    constexpr std::array names{"sem", "shm", "msg"};
    note(names.at(static_cast<std::size_t>(kind)), id);
}

} // namespace test
