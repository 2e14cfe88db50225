// SPDX-License-Identifier: BSL-1.0
#include "common/errors.hpp"

#include <cerrno>
#include <stdexcept>

#include <crex/error.hpp>

namespace crex::detail {
namespace {

std::string sentence(const Call& call, std::string_view cause) {
    const char* const quote = call.is_name ? "\"" : "";
    std::string text{call.function};
    text += '(';
    text += quote;
    for (const char c : call.object) {
        text += c == '\0' ? std::string_view{"\\0"} : std::string_view{&c, 1};
    }
    text += quote;
    text += "): ";
    text += cause;
    return text;
}

// Boost reports a system error as errno, and an error of its own as an enumerator with errno 0.
int errno_of(const boost::interprocess::interprocess_exception& error) {
    namespace bip = boost::interprocess;
    if (error.get_native_error() != 0) {
        return error.get_native_error();
    }
    switch (error.get_error_code()) {
    case bip::already_exists_error:
        return EEXIST;
    case bip::not_found_error:
        return ENOENT;
    case bip::size_error:
    case bip::mode_error:
        return EINVAL;
    case bip::busy_error:
    case bip::timeout_when_locking_error:
    case bip::timeout_when_waiting_error:
        return EAGAIN;
    case bip::out_of_space_error:
        return ENOSPC;
    case bip::out_of_memory_error:
        return ENOMEM;
    default: // corrupted_error, owner_dead_error, lock_error and what later versions add
        return ENOTRECOVERABLE;
    }
}

} // namespace

void throw_errno(const Call& call, int error, std::string_view cause) {
    const std::string what =
        sentence(call, cause.empty() ? std::generic_category().message(error) : cause);
    switch (error) {
    case EEXIST:
    case ENOENT:
    case EBADF:
    case EIDRM:
        throw ExistentialError{error, what};
    case EACCES:
    case EPERM:
        throw PermissionsError{error, what};
    case EINVAL:
    case ENAMETOOLONG:
        throw std::invalid_argument{what};
    case EAGAIN:
    case EBUSY:
    case ETIMEDOUT:
        throw BusyError{error, what};
    case ECANCELED:
        throw StoppedError{error, what};
    case EINTR:
        throw SignalError{error, what};
    case ESHUTDOWN:
        throw ShutdownError{error, what};
    case ESTALE:
        throw LeaseLostError{error, what};
    case ENOTRECOVERABLE:
        throw CorruptError{error, what};
    default:
        throw Error{error, what};
    }
}

void throw_limit(const Call& call, int error, std::string_view cause) {
    throw Error{error, sentence(call, cause)};
}

void throw_not_mapped(const Call& call, int error) {
    switch (error) {
    case EAGAIN:
        throw_limit(call, error,
                    "its memory would be locked (mlockall), and that is more than may be: raise "
                    "RLIMIT_MEMLOCK (ulimit -l)");
    case ENOMEM:
        throw_limit(call, error,
                    "there is no room for it in the address space (RLIMIT_AS, ulimit -v), or there "
                    "are too many mappings (vm.max_map_count)");
    default:
        throw_errno(call, error);
    }
}

void throw_no_thread(const Call& call, int error) {
    throw_limit(call, error,
                "no further thread can be started: raise RLIMIT_NPROC (ulimit -u), or pids.max of "
                "the control group");
}

void throw_timed_out(const Call& call, const Timeout& timeout, std::string_view cause) {
    const bool stopped = timeout.stop() != nullptr && timeout.stop()->stop_requested();
    throw_errno(call, stopped ? ECANCELED : ETIMEDOUT, stopped ? "stopped" : cause);
}

void throw_connection(const Call& call, int error, std::string_view cause, bool may_have_happened) {
    throw ConnectionError{
        error,
        sentence(call, std::string{"no connection to the server: "}.append(cause).append(
                           may_have_happened ? "; the call may have had its effect" : "")),
        may_have_happened};
}

void throw_invalid(const Call& call, std::string_view cause) { throw_errno(call, EINVAL, cause); }

void throw_corrupt(const Call& call, std::string_view cause) {
    throw_errno(call, ENOTRECOVERABLE, cause);
}

// EAGAIN and ENOMEM come from mmap(2): no other system call that Boost makes for crex waits, or
// takes memory.
void throw_boost(const Call& call, const boost::interprocess::interprocess_exception& error) {
    const int native = error.get_native_error();
    if (native == EAGAIN || native == ENOMEM) {
        throw_not_mapped(call, native);
    }
    throw_errno(call, errno_of(error), error.get_native_error() != 0 ? "" : error.what());
}

} // namespace crex::detail
