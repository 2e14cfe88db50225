// SPDX-License-Identifier: BSL-1.0

// The memory that the control groups leave, read from a made-up file system.

#include <filesystem>
#include <fstream>

#include <boost/test/unit_test.hpp>

#include "platform/memory.hpp"

using crex::detail::memory_left;

namespace {

struct Fixture {
    Fixture() {
        std::string pattern = (std::filesystem::temp_directory_path() / "crex-XXXXXX").string();
        root = mkdtemp(pattern.data());
    }
    ~Fixture() { std::filesystem::remove_all(root); }

    void write(const std::string& path, const std::string& text) const {
        std::filesystem::create_directories((root / path).parent_path());
        std::ofstream{root / path} << text;
    }

    [[nodiscard]] auto left() const { return memory_left(root.string()); }

    std::filesystem::path root;
};

} // namespace

BOOST_FIXTURE_TEST_CASE(without_control_groups_there_is_no_limit, Fixture) {
    BOOST_TEST(!left().has_value());
    write("proc/self/cgroup", "0::/\n");
    BOOST_TEST(!left().has_value());
}

BOOST_FIXTURE_TEST_CASE(the_second_version_s_limit_counts_what_cannot_be_reclaimed, Fixture) {
    write("proc/self/cgroup", "0::/a/b\n");
    write("sys/fs/cgroup/a/b/memory.max", "1000\n");
    write("sys/fs/cgroup/a/b/memory.current", "700\n");
    write("sys/fs/cgroup/a/b/memory.stat", "anon 400\nactive_file 100\ninactive_file 150\n");
    BOOST_TEST(*left() == 550U);
}

BOOST_FIXTURE_TEST_CASE(the_narrowest_of_the_groups_around_counts, Fixture) {
    write("proc/self/cgroup", "0::/a/b\n");
    write("sys/fs/cgroup/a/b/memory.max", "max\n");
    write("sys/fs/cgroup/a/b/memory.current", "700\n");
    write("sys/fs/cgroup/a/memory.max", "800\n");
    write("sys/fs/cgroup/a/memory.current", "790\n");
    BOOST_TEST(*left() == 10U);
}

BOOST_FIXTURE_TEST_CASE(a_group_that_is_over_its_limit_has_nothing_left, Fixture) {
    write("proc/self/cgroup", "0::/a\n");
    write("sys/fs/cgroup/a/memory.max", "800\n");
    write("sys/fs/cgroup/a/memory.current", "900\n");
    BOOST_TEST(*left() == 0U);
}

BOOST_FIXTURE_TEST_CASE(the_first_version_is_understood_too, Fixture) {
    write("proc/self/cgroup", "4:memory:/job\n0::/\n");
    write("sys/fs/cgroup/memory/job/memory.limit_in_bytes", "500\n");
    write("sys/fs/cgroup/memory/job/memory.usage_in_bytes", "100\n");
    BOOST_TEST(*left() == 400U);
}
