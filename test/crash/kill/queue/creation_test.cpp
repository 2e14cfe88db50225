// SPDX-License-Identifier: BSL-1.0

// A creator killed at any instruction leaves no queue or a whole one. The last user of a queue that
// lives until unused, killed while it closes, leaves nothing.

#include <iostream>

#include <boost/test/unit_test.hpp>

#include "creation.hpp"
#include "support/expect.hpp"
#include "support/private_shm.hpp"

using namespace crash;
using namespace std::chrono_literals;

namespace {

bool can_have_private_shm() {
    if (!can_step()) {
        return false;
    }
    static const bool alone = test::enter_private_shm("64m");
    if (!alone) {
        BOOST_TEST(!is_soak(), "no private /dev/shm can be made here");
        test::skip("no private /dev/shm can be made here");
        return false;
    }
    return true;
}

} // namespace

BOOST_AUTO_TEST_CASE(a_creator_killed_at_any_instruction_leaves_nothing_half_made) {
    if (can_have_private_shm()) {
        expect_faultless(SoleUserKills{robust}.kill_in_creation(thorough ? 40'000 : 800));
    }
}

BOOST_AUTO_TEST_CASE(last_user_killed_while_closing_leaves_nothing_behind) {
    if (can_have_private_shm()) {
        expect_faultless(SoleUserKills{robust}.kill_in_last_close(thorough ? 100'000 : 500));
    }
}

BOOST_AUTO_TEST_CASE(creator_killed_in_raw_boost_hangs_openers) {
    if (!can_have_private_shm()) {
        return;
    }
    const Figures figures = SoleUserKills{raw_boost, {50ms, 150ms, 10'000}}.kill_in_creation(30);
    std::cout << "raw Boost, " << to_string(figures) << std::endl;
    BOOST_TEST(figures.hung > 0U);
}
