// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <utility>

#include <boost/interprocess/mapped_region.hpp>

#include <crex/shared_memory.hpp>

namespace crex {

// A mapping, or an attachment of System V memory: Boost's region knows which.
struct CREX_HIDDEN Mapping::Impl {
    explicit Impl(boost::interprocess::mapped_region its_region) : region{std::move(its_region)} {}

    boost::interprocess::mapped_region region;
};

} // namespace crex
