// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>

#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <crex/crex.hpp>

#include "support/eventually.hpp"

namespace test {

/// Waits until a receiver is registered as waiting for a message. On Boost it checks the queue a
/// few times first.
template <class Kind> void await_waiting_receiver(const std::string& name) {
    if constexpr (Kind::backend != crex::Backend::posix) {
        const int file = ::open(Kind::path(name).c_str(), O_RDWR | O_CLOEXEC);
        BOOST_TEST(eventually([&] {
            struct flock lock {};
            lock.l_type = F_WRLCK;
            lock.l_start = 2; // lib/src/message_queue/waiting_receivers.hpp
            lock.l_len = 1;
            return fcntl(file, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
        }));
        ::close(file);
    }
}

} // namespace test
