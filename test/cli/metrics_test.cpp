// SPDX-License-Identifier: BSL-1.0

// crex metrics, printed.

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <sstream>
#include <system_error>

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cli/command.hpp"
#include "cli/objects.hpp"

using namespace test;

namespace {

std::string metrics(std::vector<std::string> options = {}) {
    options.insert(options.begin(), "metrics");
    const Ran ran = crex_command(options);
    BOOST_TEST_REQUIRE(ran.status == 0);
    return ran.output;
}

// Lines of the text, without its comments.
std::vector<std::string> samples_in(const std::string& text) {
    std::vector<std::string> samples;
    std::istringstream lines{text};
    for (std::string line; std::getline(lines, line);) {
        if (!line.starts_with('#')) {
            samples.push_back(line);
        }
    }
    return samples;
}

bool has_line(const std::string& text, const std::string& line) {
    return contains("\n" + text, "\n" + line + "\n");
}

// The value of a series; empty when there is none.
std::string value_of(const std::string& text, const std::string& series) {
    for (const std::string& sample : samples_in(text)) {
        if (sample.starts_with(series + " ")) {
            return sample.substr(series.size() + 1);
        }
    }
    return {};
}

std::string series(const std::string& metric, const std::string& kind, const std::string& name) {
    return metric + "{kind=\"" + kind + "\",name=\"" + name + "\"}";
}

// From now on a lease or a lock kills this process, or the program that it becomes.
void forbid_leases_and_locks() {
    std::vector<sock_filter> program{
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_flock, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_fcntl, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args) + sizeof(std::uint64_t)),
    };
    for (const unsigned command : {F_SETLEASE, F_SETLK, F_SETLKW, F_OFD_SETLK, F_OFD_SETLKW}) {
        program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, command, 0, 1));
        program.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS));
    }
    program.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
    const sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0) {
        throw std::system_error{errno, std::generic_category(), "seccomp"};
    }
}

// Names that would break a text without escapes, as files of shared memory.
const std::vector<std::string>& odd_names() {
    static const std::vector<std::string> names{
        "/quote\"d",     "/back\\slash", "/new\nline", "/\xff\xfe", "/a} 1",
        "/\xe2\x80\xae", "/\x01\x7f",    "/\t tab",    "/\xc3\xa4", "/x (deleted)"};
    return names;
}

} // namespace

BOOST_AUTO_TEST_CASE(metrics_tell_what_a_queue_holds_and_has_seen) {
    if (!enter_stage()) {
        return;
    }
    crex::MessageQueue queue{"/queue", crex::O_CREX, {.max_messages = 8, .max_message_size = 64}};
    for (int i = 0; i < 5; ++i) {
        queue.send("x");
    }
    for (int i = 0; i < 2; ++i) {
        static_cast<void>(queue.receive());
    }
    const std::string text = metrics();
    const auto value = [&](const std::string& metric) {
        return value_of(text, series(metric, "crex-mq", "/queue"));
    };
    BOOST_TEST(value("crex_queue_messages") == "3");
    BOOST_TEST(value("crex_queue_max_messages") == "8");
    BOOST_TEST(value("crex_queue_max_message_size_bytes") == "64");
    BOOST_TEST(value("crex_queue_sent_total") == "5");
    BOOST_TEST(value("crex_queue_received_total") == "2");
    BOOST_TEST(value("crex_queue_redelivered_total") == "0");
    BOOST_TEST(value("crex_object_stale") == "0");
    BOOST_TEST(value("crex_object_users") == "1");
    BOOST_TEST(value("crex_object_damaged") == "0");
    BOOST_TEST(value("crex_semaphore_value").empty());
    BOOST_TEST(has_line(text, R"(crex_objects{kind="crex-mq",state="in-use"} 1)"));
}

BOOST_AUTO_TEST_CASE(metrics_count_deaths_and_what_they_left_behind) {
    if (!enter_stage()) {
        return;
    }
    crex::MessageQueue queue{"/queue", crex::O_CREX};
    queue.send("x");
    Holder consumer{[] {
        crex::MessageQueue theirs{"/queue"};
        auto lease = theirs.lease();
        return std::pair{std::move(theirs), std::move(lease)};
    }};
    crex::RobustSemaphore turn{"/turn", crex::O_CREX};
    Holder holder{[] {
        crex::RobustSemaphore theirs{"/turn"};
        theirs.acquire();
        return theirs;
    }};
    consumer.kill();
    holder.kill();
    BOOST_TEST(queue.receive().body == "x");
    turn.acquire();
    const std::string text = metrics();
    BOOST_TEST(value_of(text, series("crex_queue_redelivered_total", "crex-mq", "/queue")) == "1");
    const auto recoveries = series("crex_object_recoveries_total", "crex-sem", "/turn");
    BOOST_TEST(std::atoi(value_of(text, recoveries).c_str()) >= 1);
}

BOOST_AUTO_TEST_CASE(metrics_count_leftovers) {
    if (!enter_stage()) {
        return;
    }
    leave<RobustSemaphores>();
    const std::string queue = leave<RobustQueues>();
    crex::MessageQueue{queue}.send("x");
    const std::string text = metrics();
    BOOST_TEST(has_line(text, R"(crex_leftovers{may_have_content="false"} 1)"));
    BOOST_TEST(has_line(text, R"(crex_leftovers{may_have_content="true"} 1)"));
    BOOST_TEST(value_of(text, series("crex_object_stale", "crex-mq", queue)) == "1");
    BOOST_TEST(has_line(text, R"(crex_objects{kind="crex-sem",state="stale"} 1)"));
}

BOOST_AUTO_TEST_CASE(odd_bytes_of_a_name_are_escaped) {
    if (!enter_stage()) {
        return;
    }
    std::vector<crex::SharedMemory> all;
    for (const std::string& name : odd_names()) {
        all.emplace_back(name, crex::O_CREX, crex::SharedMemoryOptions{.size = 1});
    }
    const std::string text = metrics();
    for (const char* const name :
         {R"(/quote\"d)", R"(/back\\x5Cslash)", R"(/new\\x0Aline)", R"(/\\xFF\\xFE)", "/a} 1",
          R"(/\\xE2\\x80\\xAE)", R"(/\\x01\\x7F)", R"(/\\x09 tab)", "/\xc3\xa4", "/x (deleted)"}) {
        BOOST_TEST(has_line(text, series("crex_object_size_bytes", "shm", name) + " 1"), name);
    }
    for (const std::string& sample : samples_in(text)) {
        BOOST_TEST(std::count(sample.begin(), sample.end(), '\xff') == 0, sample);
    }
}

BOOST_AUTO_TEST_CASE(promtool_accepts_the_metrics) {
    if (!is_installed("promtool") || !enter_stage()) {
        return;
    }
    Objects objects;
    std::vector<crex::SharedMemory> all;
    for (const std::string& name : odd_names()) {
        all.emplace_back(name, crex::O_CREX, crex::SharedMemoryOptions{.size = 1});
    }
    const auto check = [](const std::string& filter) {
        Process shell{"/bin/sh",
                      {"-c", shell_word(CREX_TEST_COMMAND) + " metrics " + filter +
                                 " | promtool check metrics 2>&1"}};
        const std::string output = shell.read_all();
        return std::pair{shell.wait(), output};
    };
    const auto [status, complaints] = check("");
    BOOST_TEST(status == 0, complaints);
    BOOST_TEST(complaints.empty(), complaints);
    BOOST_TEST(check("| sed 's/_total/_sum/'").first != 0); // it does complain
}

BOOST_AUTO_TEST_CASE(objects_beyond_the_limit_are_only_counted) {
    if (!enter_stage()) {
        return;
    }
    std::vector<crex::Semaphore> semaphores;
    for (int i = 0; i < 50; ++i) {
        semaphores.emplace_back("/" + std::to_string(i), crex::O_CREX);
    }
    crex::RobustSemaphore robust{"/robust", crex::O_CREX};
    const std::string text = metrics({"--max-objects", "10"});
    BOOST_TEST(has_line(text, "crex_objects_omitted 41"));
    BOOST_TEST(has_line(text, R"(crex_objects{kind="sem",state="in-use"} 50)"));
    BOOST_TEST(value_of(text, series("crex_semaphore_value", "crex-sem", "/robust")) == "1");
    const auto samples = samples_in(text);
    BOOST_TEST(std::count_if(samples.begin(), samples.end(), [](const std::string& sample) {
                   return sample.starts_with("crex_semaphore_value{");
               }) == 10);
    BOOST_TEST(
        has_line(metrics({"--prefix", "sem:/4"}), R"(crex_objects{kind="sem",state="in-use"} 11)"));
}

BOOST_AUTO_TEST_CASE(objects_without_a_name_have_no_series) {
    if (!enter_stage()) {
        return;
    }
    crex::SharedMemory first{"/same", crex::O_CREX, {.size = 4096}};
    first.unlink();
    crex::SharedMemory second{"/same", crex::O_CREX, {.size = 4096}};
    second.unlink();
    const std::string text = metrics();
    BOOST_TEST(has_line(text, "crex_unlinked_objects 2"));
    BOOST_TEST(has_line(text, "crex_unlinked_objects_size_bytes 8192"));
    BOOST_TEST(!contains(text, "/same"));
}

BOOST_AUTO_TEST_CASE(an_ordinary_user_reads_what_can_be_seen) {
    if (!others_may_run(CREX_TEST_COMMAND) || !enter_stage()) {
        return;
    }
    const Holder holder{[] { return crex::MessageQueue{"/secret", crex::O_CREX, {.mode = 0600}}; }};
    crex::Semaphore open{"/open", crex::O_CREX, {.mode = 0666, .initial_value = 5}};
    BOOST_TEST(in_child([] {
                   become_nobody();
                   const std::string text = metrics();
                   const auto value = [&](const char* metric, const char* kind, const char* name) {
                       return value_of(text, series(metric, kind, name));
                   };
                   const char* const info = "crex_object_info{kind=\"crex-mq\",name=\"/secret\","
                                            "owner=\"root\"} 1";
                   const bool right = value("crex_semaphore_value", "sem", "/open") == "5" &&
                                      value("crex_queue_messages", "crex-mq", "/secret").empty() &&
                                      value("crex_object_stale", "crex-mq", "/secret").empty() &&
                                      has_line(text, info) &&
                                      has_line(text, "crex_inventory_saw_all_processes 0");
                   std::cerr << (right ? "" : text);
                   return right ? 0 : 1;
               }) == 0);
}

BOOST_AUTO_TEST_CASE(a_scrape_takes_no_lease_and_no_lock) {
    if (!enter_stage()) {
        return;
    }
    crex::MessageQueue queue{"/queue", crex::O_CREX};
    crex::Semaphore semaphore{"/semaphore", crex::O_CREX};
    leave<SharedMemories>();
    const auto status_of = [](const char* verb) {
        return Process{[&] {
                   forbid_leases_and_locks();
                   ::execl(CREX_TEST_COMMAND, CREX_TEST_COMMAND, verb, nullptr);
                   return 1;
               }}
            .wait();
    };
    BOOST_TEST(status_of("metrics") == 0);
    BOOST_TEST(status_of("ls") == -SIGSYS); // it takes leases
    BOOST_TEST(queue.stats().participants == 1U);
}
