// SPDX-License-Identifier: BSL-1.0

// How objects are shown: names of any bytes, tables on a terminal, System V's details.

#include <array>
#include <sstream>

#include <sched.h>
#include <sys/ipc.h>
#include <sys/mount.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <unistd.h>

#include "cli/command.hpp"
#include "cli/terminal.hpp"

using namespace test;

namespace {

crex::SharedMemory memory_called(const std::string& name) {
    return crex::SharedMemory{name, crex::O_CREX, {.size = 64}};
}

const std::string odd = "/a\tb\\c\x9B\xFF d";
const std::string odd_as_shown = "/a\\x09b\\x5Cc\\x9B\\xFF d";

std::string sysv_name(const char* kind, int id) {
    return std::string{kind}.append(":").append(std::to_string(id));
}

// The line of `crex show` that begins with this text.
std::string line_of(const std::string& shown, const std::string& beginning) {
    std::istringstream lines{shown};
    std::string line;
    while (std::getline(lines, line) && !line.starts_with(beginning + " ")) {
    }
    return lines ? line : "";
}

} // namespace

BOOST_AUTO_TEST_CASE(name_as_it_is_shown_is_accepted_back) {
    if (!enter_stage()) {
        return;
    }
    const auto memory = memory_called(odd);
    const crex::Ring ring{odd, crex::O_CREX};
    crex::Semaphore semaphore{odd, crex::O_CREX, {.initial_value = 3}};
    BOOST_TEST(expect_status(0, {"ls", "shm", "-o", "name", "--no-headings"}) ==
               odd_as_shown + "\n" + odd_as_shown + "\n");
    BOOST_TEST(contains(expect_status(0, {"show", "shm:" + odd_as_shown}), "shm"));
    BOOST_TEST(contains(expect_status(0, {"show", "shm:" + odd}), "shm"));
    BOOST_TEST(expect_status(0, {"sem", "value", odd_as_shown}) == "3\n");
    BOOST_TEST(expect_status(0, {"shm", "cat", "shm:" + odd_as_shown}).size() == 64U);
    expect_status(0, {"watch", "shm:" + odd_as_shown});
    expect_status(0, {"rm", "-f", "sem:" + odd_as_shown, "crex-ring:" + odd_as_shown});
    expect_status(0, {"rm", "-f", odd_as_shown});
    BOOST_TEST(!crex::inspect_shared_memory(odd));
    BOOST_TEST(!crex::inspect_semaphore(odd));
    BOOST_TEST(!crex::inspect_ring(odd));
}

BOOST_AUTO_TEST_CASE(name_taken_literally_comes_before_the_same_name_with_escapes) {
    if (!enter_stage()) {
        return;
    }
    const auto plain = memory_called("/a\\x41");
    const auto other = memory_called("/aA");
    BOOST_TEST(contains(expect_status(0, {"show", "/a\\x41"}), "/a\\x5Cx41"));
    BOOST_TEST(contains(expect_status(0, {"show", "/a\\x5Cx41"}), "/a\\x5Cx41"));
}

BOOST_AUTO_TEST_CASE(bytes_of_a_name_survive_in_json_and_between_zero_bytes) {
    if (!enter_stage()) {
        return;
    }
    const auto memory = memory_called(odd);
    BOOST_TEST(listed()["objects"][0]["shown"] == odd_as_shown);
    BOOST_TEST(crex_command({"ls", "-0"}).output == "shm:" + odd + std::string(1, '\0'));
    BOOST_TEST(crex_command({"ls", "-0", "-o", "name,kind"}).output ==
               odd + "\tshm" + std::string(1, '\0'));
}

BOOST_AUTO_TEST_CASE(long_name_makes_no_row_longer_than_the_terminal) {
    if (!is_installed(Terminal::tmux) || !enter_stage()) {
        return;
    }
    const std::string long_name = "/" + std::string(200, 'x');
    const auto memory = memory_called(long_name);
    const auto other = memory_called("/other");
    const Terminal terminal{CREX_TEST_COMMAND " ls; " CREX_TEST_COMMAND " top --once --every 1ms;"
                                              " echo done; cat",
                            130, 20};
    BOOST_TEST(terminal.shows({"done"}));
    BOOST_TEST(terminal.shows({"shm", "/xxx", "x~"}));
    BOOST_TEST(terminal.shows({"KIND", "NAME", "COMMAND"}));
    std::istringstream lines{terminal.screen()};
    int count = 0;
    for (std::string line; std::getline(lines, line) && line != "done";) {
        ++count;
    }
    BOOST_TEST(count == 6);                                       // two tables of three lines
    BOOST_TEST(contains(crex_command({"ls"}).output, long_name)); // not cut in a pipe
}

BOOST_AUTO_TEST_CASE(show_has_what_ipcs_has_of_a_set_of_semaphores) {
    if (!enter_stage()) {
        return;
    }
    const int id = semget(IPC_PRIVATE, 3, IPC_CREAT | 0600);
    sembuf operation{1, 7, 0};
    BOOST_TEST_REQUIRE(semop(id, &operation, 1) == 0);
    const std::string name = sysv_name("sysv-sem", id);
    const std::string shown = expect_status(0, {"show", name});
    BOOST_TEST(line_of(shown, "semaphores").ends_with(" 3"), shown);
    BOOST_TEST(!line_of(shown, "creator").empty(), shown);
    BOOST_TEST(!line_of(shown, "last_operation").empty(), shown);
    BOOST_TEST(contains(line_of(shown, "unknown"), "open between two calls"), shown);
    BOOST_TEST(contains(shown, "SEMAPHORE"), shown);
    const auto json = nlohmann::json::parse(crex_command({"show", "--json", name}).output);
    const auto& each = json["objects"][0]["sysv"]["each"];
    BOOST_TEST(each.size() == 3U);
    BOOST_TEST(each[1]["value"] == 7);
    BOOST_TEST(each[1]["last_pid"] == getpid());
    BOOST_TEST(each[0]["last_pid"].is_null());
    BOOST_TEST(each[2]["waiters"] == 0);
    semctl(id, 0, IPC_RMID);
}

BOOST_AUTO_TEST_CASE(show_has_what_ipcs_has_of_memory_and_of_a_queue) {
    if (!enter_stage()) {
        return;
    }
    const int memory = shmget(IPC_PRIVATE, 5000, IPC_CREAT | 0600);
    void* const place = shmat(memory, nullptr, 0);
    const std::string shown = expect_status(0, {"show", sysv_name("sysv-shm", memory)});
    BOOST_TEST(line_of(shown, "bytes").ends_with(" 5000"), shown);
    BOOST_TEST(line_of(shown, "attached").ends_with(" 1"), shown);
    BOOST_TEST(contains(line_of(shown, "creator_pid"), std::to_string(getpid())), shown);
    BOOST_TEST(!line_of(shown, "last_attach").empty(), shown);
    BOOST_TEST(line_of(shown, "last_detach").empty(), shown);
    shmdt(place);
    shmctl(memory, IPC_RMID, nullptr);

    const int queue = msgget(IPC_PRIVATE, IPC_CREAT | 0600);
    const std::array<long, 2> message{1, 0};
    BOOST_TEST_REQUIRE(msgsnd(queue, message.data(), 5, 0) == 0);
    const auto json =
        nlohmann::json::parse(crex_command({"show", "--json", sysv_name("sysv-mq", queue)}).output);
    const auto& details = json["objects"][0]["sysv"];
    BOOST_TEST(details["bytes_in_messages"] == 5);
    BOOST_TEST(details["max_bytes"] > 5);
    BOOST_TEST(details["last_send_pid"] == getpid());
    BOOST_TEST(details["last_receive_pid"].is_null());
    msgctl(queue, IPC_RMID, nullptr);
}

BOOST_AUTO_TEST_CASE(missing_proc_is_reported) {
    if (!enter_stage()) {
        return;
    }
    BOOST_TEST(
        in_child([] {
            if (unshare(CLONE_NEWNS) != 0 || mount("none", "/proc", "tmpfs", 0, nullptr) != 0) {
                return 2;
            }
            const bool by_ls = contains(crex_command({"ls"}, Capture::errors).output, "/proc");
            const bool by_doctor = contains(crex_command({"doctor"}).output, "/proc is not");
            return by_ls && by_doctor ? 0 : 1;
        }) == 0);
}
