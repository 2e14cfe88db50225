// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cerrno>
#include <concepts>
#include <system_error>

namespace bench {

// Returns the result of a system call. Throws std::system_error where that is negative.
template <std::signed_integral Result> Result check(Result result, const char* call) {
    if (result < 0) {
        throw std::system_error{errno, std::generic_category(), call};
    }
    return result;
}

} // namespace bench
