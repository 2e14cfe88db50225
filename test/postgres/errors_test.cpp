// SPDX-License-Identifier: BSL-1.0

// What a program is told when it cannot use a server.

#include <cstdlib>

#include <boost/test/unit_test.hpp>

#include <crex/postgres.hpp>

#include "contract/queue_fixture.hpp"
#include "helpers/outcome.hpp"
#include "postgres/psql.hpp"
#include "support/expect.hpp"

using namespace test;
using namespace std::chrono_literals;

using Fixture = QueueFixture<PostgresQueues>;

namespace {

std::string parameters() { return std::getenv("CREX_TEST_POSTGRES"); }

// A database with a schema of its own, which is dropped at the end.
struct OwnDatabase {
    std::string name = "t" + std::to_string(getpid());
    std::string its = parameters() + " dbname=" + name;

    OwnDatabase() {
        psql(parameters(), "create database " + name);
        crex::create_postgres_schema(its);
    }
    ~OwnDatabase() { psql(parameters(), "drop database " + name + " with (force)"); }
    OwnDatabase(const OwnDatabase&) = delete;
    OwnDatabase& operator=(const OwnDatabase&) = delete;
};

} // namespace

BOOST_AUTO_TEST_CASE(a_password_in_the_parameters_is_refused_and_not_repeated) {
    for (const std::string text :
         {"host=localhost password=secret42", "postgresql://me:secret42@localhost/jobs",
          "password='secret42"}) {
        const auto error =
            thrown_by<std::invalid_argument>([&] { crex::PostgresServer{std::string_view{text}}; });
        BOOST_TEST(!contains(error.what(), "secret42"), error.what());
    }
}

BOOST_AUTO_TEST_CASE(parameters_that_make_no_sense_are_invalid) {
    expect_invalid([] { crex::PostgresServer{"no such thing"}; });
    expect_invalid([] { crex::PostgresServer{parameters(), {.patience = 1ms}}; });
}

BOOST_AUTO_TEST_CASE(a_server_that_is_not_there_is_a_connection_error) {
    const auto error = thrown_by<crex::ConnectionError>(
        [] { crex::PostgresServer{"host=/nonexistent dbname=postgres"}; });
    BOOST_TEST(contains(error.what(), "/nonexistent"), error.what());
    BOOST_TEST(!error.may_have_happened());
}

BOOST_AUTO_TEST_CASE(a_database_without_a_schema_names_the_command_that_makes_it) {
    const auto error =
        thrown_by<crex::Error>([] { crex::PostgresServer{parameters() + " dbname=template1"}; });
    BOOST_TEST(error.code().value() == ENOTSUP);
    BOOST_TEST(contains(error.what(), "crex postgres init"), error.what());
}

BOOST_FIXTURE_TEST_CASE(a_schema_of_another_version_is_refused, OwnDatabase) {
    psql(its, "update crex.version set number = 99");
    const auto error = thrown_by<crex::Error>([&] { crex::PostgresServer{its}; });
    BOOST_TEST(error.code().value() == ENOTSUP);
    BOOST_TEST(contains(error.what(), "version 99"), error.what());
    BOOST_TEST((crex::find_postgres_schema(its) == 99));
}

BOOST_FIXTURE_TEST_CASE(a_schema_that_is_up_to_date_is_left_alone, OwnDatabase) {
    BOOST_TEST(crex::upgrade_postgres_schema(its) == crex::postgres_schema_version);
    BOOST_TEST((crex::find_postgres_schema(its) == crex::postgres_schema_version));
}

BOOST_FIXTURE_TEST_CASE(a_schema_that_is_newer_than_the_library_is_not_touched, OwnDatabase) {
    psql(its, "update crex.version set number = 99");
    const auto error = thrown_by<crex::Error>([&] { crex::upgrade_postgres_schema(its); });
    BOOST_TEST(error.code().value() == ENOTSUP);
    BOOST_TEST(contains(error.what(), "version 99"), error.what());
    BOOST_TEST((crex::find_postgres_schema(its) == 99));
}

BOOST_AUTO_TEST_CASE(a_database_without_a_schema_cannot_be_upgraded) {
    expect_error<crex::ExistentialError>(
        ENOENT, [] { crex::upgrade_postgres_schema(parameters() + " dbname=template1"); });
}

BOOST_FIXTURE_TEST_CASE(the_schema_is_made_once, OwnDatabase) {
    BOOST_TEST((crex::find_postgres_schema(its) == crex::postgres_schema_version));
    expect_error<crex::ExistentialError>(EEXIST, [&] { crex::create_postgres_schema(its); });
}

BOOST_FIXTURE_TEST_CASE(role_without_rights_is_a_permissions_error_until_it_is_a_member,
                        OwnDatabase) {
    const std::string role = "r" + std::to_string(getpid());
    psql(its, "create role " + role + " login");
    const std::string as_role = its + " user=" + role;
    const auto error = thrown_by<crex::PermissionsError>([&] { crex::PostgresServer{as_role}; });
    BOOST_TEST(contains(error.what(), "crex_user"), error.what());
    psql(its, "grant crex_user to " + role);
    {
        crex::PostgresServer owner{its};
        crex::PostgresServer other{as_role};
        const crex::MessageQueue own{"/own", crex::O_CREX, {.at = &owner}};
        const crex::MessageQueue open{"/open", crex::O_CREX, {.mode = 0666, .at = &owner}};
        const auto refused = thrown_by<crex::PermissionsError>([&] {
            crex::MessageQueue{"/own", 0, {.at = &other}};
        });
        BOOST_TEST(contains(refused.what(), "0600"), refused.what());
        crex::MessageQueue{"/open", 0, {.at = &other}}.send("x");
        expect_error<crex::PermissionsError>(EACCES,
                                             [&] { crex::unlink_message_queue("/open", other); });
        // Nothing but the functions.
        BOOST_TEST(!!psql(as_role, "select * from crex.health()"));
        BOOST_TEST(!psql(as_role, "select * from crex.message"));
        BOOST_TEST(!psql(as_role, "delete from crex.queue"));
    }
    psql(its, "drop role " + role);
}

BOOST_FIXTURE_TEST_CASE(the_name_of_another_kind_is_not_there, Fixture) {
    expect_error<crex::ExistentialError>(ENOENT, [&] {
        crex::RobustSemaphore{name, 0, {.at = server}};
    });
}

BOOST_FIXTURE_TEST_CASE(options_that_a_server_does_not_have_are_invalid, Fixture) {
    const std::string other = unique_name();
    const auto refused = [&](const crex::MessageQueueOptions& options) {
        expect_invalid([&] { crex::MessageQueue{other, crex::O_CREX, options}; });
    };
    refused({.mode = 0640, .at = server});
    refused({.sparse = true, .at = server});
    refused({.any_owner = true, .at = server});
    refused({.spin = 1, .at = server});
    refused({.max_message_size = std::size_t{1} << 29, .at = server});
    refused({.backend = crex::Backend::boost, .at = server});
    refused({.backend = crex::Backend::posix, .at = server});
    refused({.backend = crex::Backend::remote});
}

BOOST_FIXTURE_TEST_CASE(what_a_server_cannot_do_is_not_supported, Fixture) {
    crex::RobustSemaphore semaphore{name, crex::O_CREX, {.at = server}};
    const Removed<PostgresSemaphores> its{name};
    expect_error<crex::Error>(ENOTSUP, [&] { (void)queue.loan(1); });
    expect_error<crex::Error>(ENOTSUP, [&] { queue.repair(); });
    expect_error<crex::Error>(ENOTSUP, [&] { queue.request_notification(crex::Signal{10}); });
    expect_error<crex::Error>(ENOTSUP, [&] { (void)semaphore.permit_fd(); });
}

BOOST_FIXTURE_TEST_CASE(unlinked_object_ends_for_all_its_handles, Fixture) {
    auto other = another_handle();
    auto waiter = start_waiting("receive");
    queue.unlink();
    expect_error<crex::ExistentialError>(EIDRM, [&] { other.send("x"); });
    expect_error<crex::ExistentialError>(EIDRM, [&] { (void)other.try_receive(); });
    BOOST_TEST(waiter.wait() == existential_error);
}

BOOST_FIXTURE_TEST_CASE(tokens_only_grow, Fixture) {
    crex::RobustSemaphore semaphore{name, crex::O_CREX, {.at = server}};
    const Removed<PostgresSemaphores> its{name};
    std::uint64_t last_lease = 0;
    std::uint64_t last_permit = 0;
    for (int i = 0; i < 3; ++i) {
        queue.send("x");
        auto lease = queue.lease();
        BOOST_TEST(lease.token() > last_lease);
        last_lease = lease.token();
        lease.ack();
        semaphore.acquire();
        BOOST_TEST(semaphore.token() > last_permit);
        last_permit = semaphore.token();
        semaphore.release();
    }
}
