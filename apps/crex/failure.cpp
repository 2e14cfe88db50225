// SPDX-License-Identifier: BSL-1.0
#include "failure.hpp"

#include <cerrno>

#include <crex/error.hpp>

namespace cli {
namespace {

template <class Class> bool is_a(const std::exception& error) {
    return dynamic_cast<const Class*>(&error) != nullptr;
}

ExitStatus status_of(const crex::Error& error) {
    if (is_a<crex::CorruptError>(error)) {
        return bad_data;
    }
    if (is_a<crex::BusyError>(error)) {
        return busy;
    }
    if (is_a<crex::PermissionsError>(error)) {
        return not_allowed;
    }
    if (is_a<crex::ExistentialError>(error)) {
        return error.code().value() == EEXIST ? exists : not_there;
    }
    return os_error;
}

} // namespace

ExitStatus status_of(const std::exception& error) {
    if (const auto* const failure = dynamic_cast<const Failure*>(&error)) {
        return failure->status();
    }
    if (const auto* const ours = dynamic_cast<const crex::Error*>(&error)) {
        return status_of(*ours);
    }
    if (is_a<UsageError>(error) || is_a<std::invalid_argument>(error)) {
        return usage;
    }
    return is_a<std::system_error>(error) || is_a<std::bad_alloc>(error) ? os_error : internal;
}

} // namespace cli
