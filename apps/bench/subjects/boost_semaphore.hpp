// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>

#include <boost/interprocess/sync/named_semaphore.hpp>

#include "subjects/subject.hpp"

namespace bench {

// Boost's named semaphore, without crex.
class BoostSemaphore : public Properties {
public:
    // Makes a semaphore with so many permits.
    static void create(const std::string& object, unsigned permits) {
        Native{boost::interprocess::create_only, object.c_str(), permits,
               boost::interprocess::permissions{0600}};
    }

    static void remove(const std::string& object) noexcept { Native::remove(object.c_str()); }

    explicit BoostSemaphore(const std::string& object)
        : semaphore_{boost::interprocess::open_only, object.c_str()} {}

    void acquire() { semaphore_.wait(); }
    void release() { semaphore_.post(); }

private:
    using Native = boost::interprocess::named_semaphore;

    Native semaphore_;
};

} // namespace bench
