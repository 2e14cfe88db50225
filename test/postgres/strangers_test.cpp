// SPDX-License-Identifier: BSL-1.0

// What answers where a PostgreSQL server was expected.

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include <boost/test/unit_test.hpp>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <crex/postgres.hpp>

#include "postgres/descriptor.hpp"
#include "postgres/psql.hpp"
#include "support/eventually.hpp"
#include "support/expect.hpp"
#include "support/process.hpp"

using namespace test;
using namespace std::chrono_literals;

namespace {

std::string parameters() { return std::getenv("CREX_TEST_POSTGRES"); }

// Of this process.
std::string count_of_sessions() {
    return psql(parameters(),
                "select count(*) from crex.session where pid = " + std::to_string(getpid()))
        .value_or("?");
}

// Its path is short, as that of a socket must be.
struct Directory {
    std::string path = "/tmp/crex-pg-" + std::to_string(getpid());
    Directory() { std::filesystem::create_directory(path); }
    ~Directory() { std::filesystem::remove_all(path); }
    Directory(const Directory&) = delete;
    Directory& operator=(const Directory&) = delete;
};

// Accepts connections where libpq looks for a server, says one thing, and ends them if it should.
class Stranger {
public:
    Stranger(const Directory& directory, std::string greeting, bool hangs_up)
        : greeting_{std::move(greeting)}, hangs_up_{hangs_up}, listener_{socket(
                                                                   AF_UNIX,
                                                                   SOCK_STREAM | SOCK_CLOEXEC, 0)} {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        const std::string path = directory.path + "/.s.PGSQL.5432";
        path.copy(address.sun_path, sizeof address.sun_path - 1);
        BOOST_TEST_REQUIRE(bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address),
                                sizeof address) == 0);
        BOOST_TEST_REQUIRE(listen(listener_.get(), 8) == 0);
        thread_ = std::jthread{[this] { run(); }};
    }
    ~Stranger() { shutdown(listener_.get(), SHUT_RDWR); }
    Stranger(const Stranger&) = delete;
    Stranger& operator=(const Stranger&) = delete;

private:
    void run() {
        std::vector<Descriptor> connections;
        for (;;) {
            Descriptor its{accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC)};
            if (its.get() < 0) {
                return;
            }
            std::array<char, 64> request{};
            (void)recv(its.get(), request.data(), request.size(), 0);
            (void)send(its.get(), greeting_.data(), greeting_.size(), MSG_NOSIGNAL);
            if (!hangs_up_) {
                connections.push_back(std::move(its));
            }
        }
    }

    std::string greeting_;
    bool hangs_up_;
    Descriptor listener_;
    std::jthread thread_;
};

} // namespace

BOOST_FIXTURE_TEST_CASE(a_program_that_is_no_postgresql_server_is_a_connection_error, Directory) {
    for (const std::string greeting : {"HTTP/1.1 400 Bad Request\r\n\r\n", "\xff\xfb\x01", ""}) {
        const Stranger stranger{*this, greeting, true};
        const auto error = thrown_by<crex::ConnectionError>(
            [&] { crex::PostgresServer{"host=" + path + " user=crex dbname=postgres"}; });
        BOOST_TEST(!error.may_have_happened());
        BOOST_TEST(contains(error.what(), "PostgresServer"), error.what());
        std::filesystem::remove(path + "/.s.PGSQL.5432");
    }
}

BOOST_FIXTURE_TEST_CASE(a_silent_program_is_a_connection_error_in_time, Directory) {
    const Stranger stranger{*this, "", false};
    const auto began = std::chrono::steady_clock::now();
    const auto error = thrown_by<crex::ConnectionError>([&] {
        crex::PostgresServer{"host=" + path + " user=crex dbname=postgres connect_timeout=1"};
    });
    BOOST_TEST(contains(error.what(), "in time"), error.what());
    BOOST_TEST((std::chrono::steady_clock::now() - began >= 1s));
}

// A machine that is off does not refuse connections. The next host of the list is asked.
BOOST_FIXTURE_TEST_CASE(a_silent_host_does_not_hide_the_next_one, Directory) {
    const Stranger stranger{*this, "", false};
    const std::string others = parameters(); // host=DIRECTORY ...
    const auto end = others.find(' ');
    crex::PostgresServer server{"host=" + path + "," + others.substr(5, end - 5) +
                                others.substr(end) + " connect_timeout=1"};
    BOOST_TEST(server.connected());
}

BOOST_FIXTURE_TEST_CASE(a_pooler_is_refused_and_leaves_no_session, Directory) {
    if (!was_found(CREX_TEST_PGBOUNCER, "pgbouncer")) {
        return;
    }
    const bool is_root = getuid() == 0;
    for (const std::string mode : {"transaction", "session"}) {
        const std::string configuration = path + "/pgbouncer.ini";
        std::ofstream{configuration} << "[databases]\npostgres = " << parameters()
                                     << "\n[pgbouncer]\nauth_type = any\nlisten_addr =\n"
                                     << "unix_socket_dir = " << path << "\nlisten_port = 5432\n"
                                     << "pool_mode = " << mode << "\n"
                                     << "logfile = " << path << "/log\n"
                                     << (is_root ? "user = nobody\n" : "");
        std::filesystem::permissions(path, std::filesystem::perms::all);
        const Process pooler{CREX_TEST_PGBOUNCER, {"-q", configuration}, Capture::both};
        const std::string through = "host=" + path + " user=crex dbname=postgres";
        BOOST_TEST_REQUIRE(eventually([&] { return psql(through, "select 1") == "1"; }));
        const auto error = thrown_by<crex::Error>([&] { crex::PostgresServer{through}; });
        BOOST_TEST(error.code().value() == ENOTSUP);
        BOOST_TEST(contains(error.what(), "pooler"), error.what());
        BOOST_TEST(count_of_sessions() == "0");
    }
}
