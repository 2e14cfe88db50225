// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdlib>
#include <string>

#include <boost/test/unit_test.hpp>

#include "postgres/psql.hpp"
#include "support/eventually.hpp"

namespace test {

/// Waits until a receiver is registered as waiting for a message.
template <class Kind> void await_waiting_receiver(const std::string& name) {
    BOOST_TEST(eventually([&] {
        return psql(std::getenv("CREX_TEST_POSTGRES"),
                    "select count(*) from crex.waiter w join crex.queue q on q.id = w.object where "
                    "w.direction = 'r' and q.name = '" +
                        name + "'") == "1";
    }));
}

} // namespace test
