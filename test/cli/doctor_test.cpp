// SPDX-License-Identifier: BSL-1.0

// limits and doctor; and how every verb reports things that it cannot see.

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>

#include <sched.h>
#include <sys/mount.h>
#include <sys/shm.h>

#include "cli/command.hpp"
#include "cli/objects.hpp"

using namespace test;

namespace {

// The line of crex doctor that begins with this title.
std::string finding(const std::string& title) {
    std::istringstream lines{crex_command({"doctor"}).output};
    std::string line;
    while (std::getline(lines, line) && !line.substr(5).starts_with(title + ":")) {
    }
    return lines ? line : "";
}

// The second column of this line of crex limits.
nlohmann::json used_of_limit(const std::string& name) {
    const auto limits = nlohmann::json::parse(crex_command({"limits", "--json"}).output)["limits"];
    const auto found = std::find_if(limits.begin(), limits.end(),
                                    [&](const auto& limit) { return limit["name"] == name; });
    BOOST_TEST_REQUIRE((found != limits.end()), name);
    return (*found)["used"];
}

// Runs `body` as an ordinary user who cannot list the kernel's queues.
bool without_kernel_queues(const std::function<bool()>& body) {
    return in_child([&] {
               if (::system("umount -a -t mqueue") != 0) {
                   return 3;
               }
               become_nobody();
               return body() ? 0 : 1;
           }) == 0;
}

} // namespace

BOOST_AUTO_TEST_CASE(limits_and_doctor_print_their_results) {
    if (enter_stage()) {
        const auto limits = nlohmann::json::parse(crex_command({"limits", "--json"}).output);
        BOOST_TEST(limits["limits"].size() > 10U);
        const Objects objects;
        const Ran ran = crex_command({"doctor"});
        BOOST_TEST((ran.status == 0 || ran.status == 1));
        for (const char* const topic : {"RemoveIPC", "/dev/shm", "kernel queues", "leftovers"}) {
            BOOST_TEST(contains(ran.output, topic), ran.output);
        }
    }
}

BOOST_AUTO_TEST_CASE(each_heading_of_limits_is_printed_once) {
    std::istringstream headings{crex_command({"limits"}).output};
    std::string line;
    std::getline(headings, line);
    BOOST_TEST(line.find("LIMIT") == line.rfind("LIMIT"));
}

BOOST_AUTO_TEST_CASE(setting_of_remove_ipc_may_have_blanks) {
    if (!enter_stage()) {
        return;
    }
    const auto found_with = [](const char* line) {
        return in_child([&] {
            if (unshare(CLONE_NEWNS) != 0 || mount("none", "/etc", "tmpfs", 0, nullptr) != 0 ||
                mount("none", "/run", "tmpfs", 0, nullptr) != 0) {
                return 2;
            }
            std::filesystem::create_directories("/etc/systemd");
            std::filesystem::create_directories("/run/systemd/system");
            std::ofstream{"/etc/systemd/logind.conf"} << "[Login]\n" << line << '\n';
            return finding("RemoveIPC").empty() ? 0 : 1;
        });
    };
    BOOST_TEST(found_with("RemoveIPC=no") == 0);
    BOOST_TEST(found_with("RemoveIPC = no ") == 0);
    BOOST_TEST(found_with("\tRemoveIPC\t=no") == 0);
    BOOST_TEST(found_with("#RemoveIPC=no") == 1);
    BOOST_TEST(found_with("RemoveIPC = yes") == 1);
}

BOOST_AUTO_TEST_CASE(a_list_without_kernel_queues_is_said_to_be_partial) {
    if (others_may_run(CREX_TEST_COMMAND) && enter_stage()) {
        BOOST_TEST(without_kernel_queues([] {
            const Ran ran = crex_command({"ls"}, Capture::errors);
            return ran.status == 0 && contains(ran.output, "partial");
        }));
    }
}

BOOST_AUTO_TEST_CASE(a_kernel_queue_that_is_not_listed_is_not_believed_to_be_gone) {
    if (!others_may_run(CREX_TEST_COMMAND) || !enter_stage()) {
        return;
    }
    const Objects objects;
    const std::string name = "mq:" + objects.name;
    BOOST_TEST(without_kernel_queues([&] {
        const auto says_why = [](const std::vector<std::string>& arguments) {
            const Ran ran = crex_command(arguments, Capture::both);
            return ran.status == 71 && contains(ran.output, "kernel queues cannot be listed");
        };
        return says_why({"watch", name, "--until", "gone"}) &&
               says_why({"watch", name, "--until", "exists"}) && says_why({"show", name}) &&
               says_why({"who", name}) && says_why({"rm", name});
    }));
}

BOOST_AUTO_TEST_CASE(queue_that_the_kernel_does_not_have_is_gone_though_queues_are_not_listed) {
    if (others_may_run(CREX_TEST_COMMAND) && enter_stage()) {
        BOOST_TEST(without_kernel_queues([] {
            const auto status = [](const std::vector<std::string>& arguments) {
                return crex_command(arguments, Capture::both).status;
            };
            return status({"watch", "mq:none", "--until", "gone"}) == 0 &&
                   status({"watch", "sem:none", "--until", "gone"}) == 0 &&
                   status({"show", "mq:none"}) == 66 && status({"show", "a/b"}) == 66;
        }));
    }
}

BOOST_AUTO_TEST_CASE(number_of_kernel_queues_is_unknown_when_they_are_not_listed) {
    if (others_may_run(CREX_TEST_COMMAND) && enter_stage()) {
        const Objects objects;
        BOOST_TEST(used_of_limit("kernel queues") == 1);
        BOOST_TEST(without_kernel_queues([] { return used_of_limit("kernel queues").is_null(); }));
    }
}

BOOST_AUTO_TEST_CASE(limits_tell_how_long_the_names_of_each_kind_can_be) {
    const auto limits = nlohmann::json::parse(crex_command({"limits", "--json"}).output)["limits"];
    const auto can_have = [&](const std::string& whose, std::size_t characters) {
        return std::any_of(limits.begin(), limits.end(), [&](const auto& limit) {
            return limit["name"] == "characters in the name of a " + whose &&
                   limit["limit"] == characters;
        });
    };
    BOOST_TEST(can_have("semaphore", crex::semaphore_name_max));
    BOOST_TEST(can_have("robust semaphore", crex::robust_semaphore_name_max));
    BOOST_TEST(can_have("robust queue", crex::robust_message_queue_name_max));
    BOOST_TEST(can_have("ring", crex::ring_name_max));
    BOOST_TEST(can_have("shared memory", crex::shared_memory_name_max));
}

BOOST_AUTO_TEST_CASE(unreadable_object_is_not_reported_as_damaged) {
    if (!others_may_run(CREX_TEST_COMMAND) || !enter_stage()) {
        return;
    }
    const std::string name = unique_name();
    const crex::RobustSemaphore semaphore{name, crex::O_CREX, {.mode = 0600}};
    const crex::Semaphore plain{name, crex::O_CREX, {.mode = 0600}};
    const crex::MessageQueue queue{name, crex::O_CREX, {.mode = 0600}};
    const int fine = in_child([] {
        become_nobody();
        const auto objects = listed()["objects"];
        const bool good = std::all_of(objects.begin(), objects.end(), [](const auto& object) {
            return object["problem"].is_null();
        });
        return objects.size() == 3 && good && finding("robust objects").empty() ? 0 : 1;
    });
    BOOST_TEST(fine == 0);
}

BOOST_AUTO_TEST_CASE(doctor_advises_gc_only_for_objects_that_gc_removes) {
    if (!enter_stage()) {
        return;
    }
    const std::string queue = leave<RobustQueues>();
    in_child([&] { return RobustQueues::open(queue).send("x"), 0; });
    std::ofstream{"/dev/shm/crex-mq.damaged"} << "no queue";
    std::ofstream{"/dev/shm/crex-aside.mine"} << "mine";
    BOOST_TEST(finding("leftovers") == "");
    BOOST_TEST(contains(finding("files set aside"), ": 1 "));
    expect_status(0, {"gc", "-y"});
    BOOST_TEST(finding("files set aside") == "");
    BOOST_TEST(contains(expect_status(0, {"gc", "-n"}), "nothing to remove"));
    BOOST_TEST(contains(finding("leftovers with content"), ": 1 "));
    BOOST_TEST(finding("robust objects") != "");
    leave<RobustSemaphores>();
    BOOST_TEST(contains(finding("leftovers"), ": 1 "));
    expect_status(0, {"gc", "-y"});
    BOOST_TEST(finding("leftovers") == "");
}

BOOST_AUTO_TEST_CASE(process_that_may_not_be_inspected_is_reported_as_out_of_sight) {
    if (!others_may_run(CREX_TEST_COMMAND) || !enter_stage()) {
        return;
    }
    const int memory = shmget(0x5ED, 64, IPC_CREAT | 0666);
    const Holder holder{[&] { return shmat(memory, nullptr, 0); }};
    const int said = in_child([&] {
        become_nobody();
        const Ran ran = crex_command({"who", "sysv-shm:" + std::to_string(memory)});
        return contains(ran.output, "out of sight") && !contains(ran.output, "namespace") ? 0 : 1;
    });
    BOOST_TEST(said == 0);
    shmctl(memory, IPC_RMID, nullptr);
}
