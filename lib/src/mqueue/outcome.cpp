// SPDX-License-Identifier: BSL-1.0
#include "mqueue/outcome.hpp"

#include <new>
#include <stdexcept>

#include <crex/error.hpp>

namespace crex::mqueue {
namespace {

int as_posix_has_it(int error) {
    switch (error) {
    case EUSERS: // all handles of the queue are in use
        return ENFILE;
    case EPERM: // another user's queue; mq_unlink(3) has EACCES for both, too
        return EACCES;
    default:
        return error;
    }
}

} // namespace

int errno_of_this_exception() noexcept {
    try {
        throw;
    } catch (const Error& error) {
        return as_posix_has_it(error.code().value());
    } catch (const std::invalid_argument&) {
        return EINVAL;
    } catch (const std::bad_alloc&) {
        return ENOMEM;
    } catch (...) {
        return EIO; // nothing that crex is known to throw
    }
}

} // namespace crex::mqueue
