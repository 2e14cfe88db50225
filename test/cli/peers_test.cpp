// SPDX-License-Identifier: BSL-1.0

// Objects of programs that know nothing of crex are listed with the users that /proc shows.

#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include <signal.h>
#include <unistd.h>

#include "cli/command.hpp"
#include "support/program.hpp"

using namespace test;

namespace {

namespace fs = std::filesystem;

using Pids = std::set<int>;

// Unlike crex, this searches text: the paths in maps and behind descriptors.
bool mentions(const fs::path& process, const std::string& path) {
    std::ifstream maps{process / "maps"};
    for (std::string line; std::getline(maps, line);) {
        if (line.ends_with(" " + path)) {
            return true;
        }
    }
    std::error_code error;
    for (fs::directory_iterator entry{process / "fd", error}, end; !error && entry != end;
         entry.increment(error)) {
        std::error_code gone;
        if (fs::read_symlink(entry->path(), gone) == path) {
            return true;
        }
    }
    return false;
}

Pids users_by_proc(const std::string& path) {
    Pids pids;
    for (const auto& entry : fs::directory_iterator{"/proc"}) {
        const std::string name = entry.path().filename();
        if (std::isdigit(static_cast<unsigned char>(name[0])) != 0 &&
            mentions(entry.path(), path)) {
            pids.insert(std::stoi(name));
        }
    }
    return pids;
}

using UsersOfFiles = std::map<std::string, Pids>;

UsersOfFiles all_users_by_proc() {
    UsersOfFiles users;
    for (const auto& entry : fs::directory_iterator{"/dev/shm"}) {
        if (entry.is_regular_file()) {
            users[entry.path().filename()] = users_by_proc(entry.path());
        }
    }
    return users;
}

Pids users_of(const nlohmann::json& object) {
    Pids pids;
    for (const auto& user : object["users"]) {
        pids.insert(user["pid"].get<int>());
    }
    return pids;
}

nlohmann::json first_of(const std::string& kind) {
    const auto everything = listed();
    for (const auto& object : everything["objects"]) {
        if (object["kind"] == kind) {
            return object;
        }
    }
    return nullptr;
}

UsersOfFiles users_in(const nlohmann::json& listing) {
    UsersOfFiles users;
    for (const auto& object : listing["objects"]) {
        if (object["kind"] == "shm") {
            users[object["name"].get<std::string>().substr(1)] = users_of(object);
        }
    }
    return users;
}

// The output of crex, repeated until /proc shows the same users before and after it.
nlohmann::json listed_while_nothing_changes(UsersOfFiles& users) {
    for (;;) {
        users = all_users_by_proc();
        auto everything = listed();
        if (all_users_by_proc() == users) {
            return everything;
        }
    }
}

std::string postgres_folder() {
    const fs::path all{"/usr/lib/postgresql"};
    if (fs::exists(all)) {
        for (const auto& entry : fs::directory_iterator{all}) {
            if (fs::exists(entry.path() / "bin/postgres")) {
                return entry.path() / "bin";
            }
        }
    }
    return {};
}

} // namespace

BOOST_AUTO_TEST_CASE(memory_and_semaphore_of_python_are_listed_with_their_users) {
    if (!was_found(CREX_TEST_PYTHON, "Python") || !enter_stage()) {
        return;
    }
    const std::string script = "import ctypes, multiprocessing as m, os, time\n"
                               "from multiprocessing.shared_memory import SharedMemory\n"
                               "memory = SharedMemory('/python', create=True, size=100)\n"
                               "c = ctypes.CDLL(None)\n"
                               "c.sem_open(b'/python', os.O_CREAT, 0o600, 5)\n"
                               "lock = m.Semaphore(3)\n" // its name is gone at once
                               "print('ready', flush=True)\n"
                               "time.sleep(1000)\n";
    {
        Program python{CREX_TEST_PYTHON, {"-c", script}};
        python.await_output("ready");
        const auto memory = listed_object("shm", "/python");
        BOOST_TEST(memory["state"] == "in-use");
        BOOST_TEST((users_of(memory) == users_by_proc("/dev/shm/python")));
        BOOST_TEST(users_of(memory).contains(python.pid()));
        const auto semaphore = listed_object("sem", "/python");
        BOOST_TEST(semaphore["value"] == 5);
        BOOST_TEST((users_of(semaphore) == Pids{python.pid()}));
        python.kill();
    }
    BOOST_TEST(listed_object("sem", "/python")["state"] == "stale");
    expect_status(0, {"rm", "sem:/python"});
}

BOOST_AUTO_TEST_CASE(objects_that_ipcmk_makes_are_listed) {
    if (enter_stage() && is_installed("ipcmk")) {
        Program ipcmk{"/usr/bin/ipcmk", {"-M", "8192", "-S", "3", "-Q", "-p", "0640"}};
        BOOST_TEST(ipcmk.wait() == 0);
        BOOST_TEST(first_of("sysv-shm")["size"] == 8192);
        BOOST_TEST(first_of("sysv-shm")["state"] == "stale");
        BOOST_TEST(first_of("sysv-sem")["state"] == "unknown");
        BOOST_TEST(first_of("sysv-sem")["value"].is_null()); // it has three
        BOOST_TEST(first_of("sysv-mq")["perms"] == "0640");
        expect_status(0, {"gc", "--all", "--prefix", "sysv-shm:", "--yes"});
        BOOST_TEST(first_of("sysv-shm").is_null());
    }
}

BOOST_AUTO_TEST_CASE(memory_of_postgresql_is_in_use_until_postgresql_ends) {
    const std::string directory = postgres_folder();
    if (directory.empty()) {
        skip("PostgreSQL is not installed");
        return;
    }
    if (geteuid() != 0 || !enter_stage()) {
        return;
    }
    const fs::path home = fs::temp_directory_path() / unique_name().substr(1);
    fs::create_directory(home);
    fs::permissions(home, fs::perms::all);
    const std::string as_postgres = "cd / && exec setpriv --reuid=postgres --regid=postgres "
                                    "--clear-groups ";
    const std::string data = (home / "data").string();
    Program initdb{"/bin/sh", {"-c", as_postgres + directory + "/initdb -D " + data}};
    BOOST_TEST_REQUIRE(initdb.wait() == 0, initdb.output());
    {
        Program server{"/bin/sh",
                       {"-c", as_postgres + directory + "/postgres -D " + data + " -k " +
                                  home.string() +
                                  " -c listen_addresses= "
                                  "-c dynamic_shared_memory_type=posix"}};
        server.await_output("ready to accept connections");
        UsersOfFiles users;
        const auto everything = listed_while_nothing_changes(users);
        BOOST_TEST((users_in(everything) == users), everything);
        std::size_t its_own = 0;
        for (const auto& object : everything["objects"]) {
            const Pids pids = users_of(object);
            // PostgreSQL keeps the name of memory that none of its processes maps at the moment.
            BOOST_TEST(object["state"] == (pids.empty() ? "stale" : "in-use"), object);
            if (object["kind"] == "shm" && pids.contains(server.pid())) {
                ++its_own;
                expect_status(75, {"rm", object["name"].get<std::string>()});
            }
        }
        BOOST_TEST(its_own > 0U);
        BOOST_TEST(first_of("sysv-shm")["state"] == "in-use");
        server.signal(SIGINT);
        BOOST_TEST(server.wait() == 0);
    }
    BOOST_TEST(listed({"shm"})["objects"].empty());
    fs::remove_all(home);
}

BOOST_AUTO_TEST_CASE(objects_of_stress_ng_are_listed_while_they_change) {
    if (!enter_stage() || !is_installed("stress-ng")) {
        return;
    }
    Program stress{"/usr/bin/stress-ng",
                   {"--shm", "1", "--sem", "1", "--mq", "1", "--shm-sysv", "1", "--sem-sysv", "1",
                    "--msg", "1", "--timeout", "3", "--temp-path", "/tmp"}};
    std::set<std::string> kinds;
    while (!stress.has_ended()) {
        const auto everything = listed();
        for (const auto& object : everything["objects"]) {
            kinds.insert(object["kind"].get<std::string>());
        }
    }
    BOOST_TEST(stress.wait() == 0, stress.output());
    for (const char* const kind : {"shm", "sysv-shm", "sysv-sem", "sysv-mq"}) {
        BOOST_TEST(kinds.contains(kind), kind);
    }
}
