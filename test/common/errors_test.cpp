// SPDX-License-Identifier: BSL-1.0

// The one translator: every errno and every error of Boost's own has its class.

#include <cerrno>

#include <boost/test/unit_test.hpp>

#include <crex/error.hpp>

#include "common/errors.hpp"
#include "support/expect.hpp"

using namespace test;
namespace bip = boost::interprocess;

namespace {

const crex::detail::Call call{"Thing::act", "/thing"};

template <class Expected> void expect_class(std::initializer_list<int> errors) {
    for (const int error : errors) {
        expect_error<Expected>(error, [&] { crex::detail::throw_errno(call, error); });
        // A system's error keeps its number on its way through Boost.
        expect_error<Expected>(error, [&] {
            crex::detail::translating(call, [&] { throw bip::interprocess_exception{error}; });
        });
    }
}

template <class Expected> void expect_class_of(bip::error_code_t error) {
    thrown_by<Expected>([&] {
        crex::detail::translating(
            call, [&] { throw bip::interprocess_exception{bip::error_info{error}}; });
    });
}

} // namespace

BOOST_AUTO_TEST_CASE(every_errno_has_the_class_posix_ipc_gives_it) {
    expect_class<crex::ExistentialError>({EEXIST, ENOENT, EBADF});
    expect_class<crex::PermissionsError>({EACCES, EPERM});
    expect_class<crex::BusyError>({ETIMEDOUT, EBUSY});
    expect_error<crex::BusyError>(EAGAIN, [] { crex::detail::throw_errno(call, EAGAIN); });
    expect_class<crex::SignalError>({EINTR});
    expect_class<crex::Error>({EMFILE, ENFILE, ENOSPC, ENOMEM, EOVERFLOW, EIO});
    for (const int error : {EINVAL, ENAMETOOLONG}) {
        expect_invalid([&] { crex::detail::throw_errno(call, error); });
    }
}

// Among Boost's calls, only mmap(2) fails with EAGAIN. Waiting does not help against that.
BOOST_AUTO_TEST_CASE(limit_that_boost_meets_is_not_a_busy_error) {
    thrown_by<crex::Error>(
        [] { crex::detail::translating(call, [] { throw bip::interprocess_exception{EAGAIN}; }); });
}

BOOST_AUTO_TEST_CASE(boosts_own_errors_which_come_with_errno_zero_have_a_class_too) {
    expect_class_of<crex::ExistentialError>(bip::already_exists_error);
    expect_class_of<crex::ExistentialError>(bip::not_found_error);
    expect_class_of<crex::BusyError>(bip::timeout_when_locking_error);
    expect_class_of<crex::CorruptError>(bip::corrupted_error);
    expect_class_of<crex::CorruptError>(bip::owner_dead_error);
    expect_class_of<std::invalid_argument>(bip::size_error);
}

BOOST_AUTO_TEST_CASE(an_error_says_call_object_and_cause_and_nothing_else) {
    const auto by_system =
        thrown_by<crex::ExistentialError>([] { crex::detail::throw_errno(call, ENOENT); });
    BOOST_TEST(std::string{by_system.what()} ==
               "Thing::act(\"/thing\"): No such file or directory");
    const auto by_us =
        thrown_by<crex::BusyError>([] { crex::detail::throw_errno(call, ETIMEDOUT, "timed out"); });
    BOOST_TEST(std::string{by_us.what()} == "Thing::act(\"/thing\"): timed out");
}

BOOST_AUTO_TEST_CASE(a_nul_in_a_name_is_shown_and_does_not_end_the_message) {
    using namespace std::string_view_literals;
    const auto error = thrown_by<std::invalid_argument>([] {
        crex::detail::throw_invalid({"Thing::act", "/a\0b"sv}, "the name contains a NUL");
    });
    BOOST_TEST(std::string{error.what()} == "Thing::act(\"/a\\0b\"): the name contains a NUL");
}

BOOST_AUTO_TEST_CASE(errors_can_be_caught_as_what_they_are_and_compared_portably) {
    try {
        crex::detail::throw_errno(call, ENOSPC);
    } catch (const std::system_error& error) {
        BOOST_TEST((error.code() == std::errc::no_space_on_device));
    }
}
