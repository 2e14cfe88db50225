// SPDX-License-Identifier: BSL-1.0

// ls, show, who and watch.

#include <set>
#include <thread>

#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>

#include "cli/command.hpp"
#include "cli/objects.hpp"
#include "support/eventually.hpp"

using namespace test;

namespace {

using Names = std::set<std::string>;

Names keys_of(const nlohmann::json& json) {
    Names names;
    for (const auto& [key, value] : json.items()) {
        names.insert(key);
    }
    return names;
}

} // namespace

BOOST_AUTO_TEST_CASE(ls_shows_values_and_messages) {
    if (!enter_stage()) {
        return;
    }
    Objects objects;
    objects.queue.send("one");
    objects.kernel_queue.send("one");
    BOOST_TEST(listed_object("sem", objects.name)["value"] == 7);
    BOOST_TEST(listed_object("crex-sem", objects.name)["value"] == 3);
    for (const char* const kind : {"crex-mq", "mq"}) {
        const auto queue = listed_object(kind, objects.name);
        BOOST_TEST(queue["messages"] == 1);
        BOOST_TEST(queue["max_messages"] == 4);
        BOOST_TEST(queue["value"].is_null());
        BOOST_TEST(queue["state"] == "in-use");
        BOOST_TEST(queue["users"][0]["pid"] == getpid());
    }
}

// Programs read these members: removing one or changing its meaning needs a new version.
BOOST_AUTO_TEST_CASE(messages_and_records_that_went_through_are_counted) {
    if (!enter_stage()) {
        return;
    }
    crex::MessageQueue queue{"/queue", crex::O_CREX, {.max_messages = 8}};
    crex::Ring ring{"/ring", crex::O_CREX};
    crex::RingProducer producer = ring.producer();
    crex::RingConsumer consumer = ring.consumer();
    for (int i = 0; i < 5; ++i) {
        queue.send("x");
        producer.send("x");
    }
    for (int i = 0; i < 2; ++i) {
        static_cast<void>(queue.receive());
        static_cast<void>(consumer.receive());
    }
    for (const auto& [kind, name] : {std::pair{"crex-mq", "/queue"}, {"crex-ring", "/ring"}}) {
        const auto object = listed_object(kind, name);
        BOOST_TEST(object["sent"] == 5);
        BOOST_TEST(object["received"] == 2);
        BOOST_TEST(object["messages"] == 3);
        BOOST_TEST(object["waiters"] == 0);
        BOOST_TEST(object["problem"].is_null());
    }
    BOOST_TEST(listed_object("crex-ring", "/ring")["max_messages"] == ring.max_records());
}

BOOST_AUTO_TEST_CASE(waiters_for_semaphores_are_counted) {
    if (!enter_stage()) {
        return;
    }
    crex::Semaphore counted{"/counted", crex::O_CREX};
    crex::RobustSemaphore noticed{"/noticed", crex::O_CREX};
    noticed.acquire();
    const Process first{[&] { return counted.acquire(), 0; }};
    const Process second{[&] { return counted.acquire(), 0; }};
    const Process third{[&] { return noticed.acquire(), 0; }};
    BOOST_TEST(eventually([] { return listed_object("sem", "/counted")["waiters"] == 2; }));
    BOOST_TEST(eventually([] { return listed_object("crex-sem", "/noticed")["waiters"] == 1; }));
}

BOOST_AUTO_TEST_CASE(the_json_has_the_members_that_are_documented) {
    if (!enter_stage()) {
        return;
    }
    const Objects objects;
    const auto all = listed();
    BOOST_TEST(all["version"] == 1);
    BOOST_TEST((keys_of(all) ==
                Names{"version", "complete", "limitations", "saw_all_processes", "objects"}));
    const Names members{"kind",         "name",
                        "state",        "users",
                        "owner",        "perms",
                        "owner_name",   "shown",
                        "size",         "value",
                        "key",          "messages",
                        "max_messages", "max_message_size",
                        "sent",         "received",
                        "waiters",      "device",
                        "inode",        "created",
                        "problem",      "linked",
                        "redelivered",  "dead_lettered",
                        "recoveries",   "quarantined"};
    for (const auto& object : all["objects"]) {
        BOOST_TEST((keys_of(object) == members));
        BOOST_TEST((keys_of(object["users"][0]) == Names{"pid", "maps", "open", "takes_part"}));
    }
}

BOOST_AUTO_TEST_CASE(jsonl_is_an_object_a_line) {
    if (!enter_stage()) {
        return;
    }
    const Objects objects;
    std::istringstream lines{crex_command({"ls", "--jsonl"}).output};
    std::size_t count = 0;
    for (std::string line; std::getline(lines, line); ++count) {
        BOOST_TEST(nlohmann::json::parse(line)["name"] == objects.name);
    }
    BOOST_TEST(count == 4U);
}

BOOST_AUTO_TEST_CASE(ls_filters_by_family_kind_state_and_user) {
    if (!enter_stage()) {
        return;
    }
    const Objects objects;
    const auto count = [](const std::vector<std::string>& arguments) {
        return listed(arguments)["objects"].size();
    };
    BOOST_TEST(count({}) == 4U);
    BOOST_TEST(count({"sem"}) == 2U);
    BOOST_TEST(count({"mq"}) == 2U);
    BOOST_TEST(count({"crex-mq"}) == 1U);
    BOOST_TEST(count({"sysv"}) == 0U);
    BOOST_TEST(count({"--stale"}) == 0U);
    BOOST_TEST(count({"--in-use"}) == 4U);
    BOOST_TEST(count({"-u", "root"}) == 4U);
    BOOST_TEST(count({"-u", "65534"}) == 0U);
}

BOOST_AUTO_TEST_CASE(ls_shows_and_sorts_by_the_columns_asked_for) {
    if (!enter_stage()) {
        return;
    }
    const Objects objects;
    const Ran ran = crex_command({"ls", "sem", "-o", "kind,value", "--sort", "value"});
    BOOST_TEST(ran.output == "KIND      VALUE\n"
                             "sem           7\n"
                             "crex-sem      3\n");
}

BOOST_AUTO_TEST_CASE(system_v_s_objects_are_listed_with_their_keys) {
    if (!enter_stage()) {
        return;
    }
    const int semaphore = semget(0x5EA, 1, IPC_CREAT | 0640);
    const int queue = msgget(0x5EB, IPC_CREAT | 0600);
    const auto object = listed_object("sysv-sem", std::to_string(semaphore));
    BOOST_TEST(object["key"] == 0x5EA);
    BOOST_TEST(object["perms"] == "0640");
    BOOST_TEST(object["value"] == 0);
    BOOST_TEST(listed_object("sysv-mq", std::to_string(queue))["messages"] == 0);
    BOOST_TEST(contains(expect_status(0, {"show", "key:0x5eb"}), "sysv-mq"));
    expect_status(0, {"rm", "-f", "key:0x5ea", "sysv-mq:" + std::to_string(queue)});
    BOOST_TEST(listed()["objects"].empty());
}

BOOST_AUTO_TEST_CASE(name_of_several_objects_lists_the_candidates) {
    if (!enter_stage()) {
        return;
    }
    const Objects objects;
    const std::string without_slash = objects.name.substr(1);
    const std::string said = expect_status(64, {"show", without_slash});
    for (const char* const kind : {"sem:", "crex-sem:", "crex-mq:", "mq:"}) {
        BOOST_TEST(contains(said, kind + objects.name), said);
        expect_status(0, {"show", kind + without_slash});
    }
}

BOOST_AUTO_TEST_CASE(verb_who_names_the_process_and_how_it_uses_the_object) {
    if (!enter_stage()) {
        return;
    }
    const Objects objects;
    const std::string said = expect_status(0, {"who", "crex-sem:" + objects.name});
    BOOST_TEST(contains(said, std::to_string(getpid())), said);
    BOOST_TEST(contains(said, "takes part, maps it, has it open"), said);
    BOOST_TEST(contains(said, "command_seeing"), said);
    expect_status(0, {"who", "sem:" + objects.name});
}

BOOST_AUTO_TEST_CASE(verb_who_exits_with_1_for_an_unused_object) {
    if (enter_stage()) {
        const std::string name = unique_name();
        crex::SharedMemory(name, crex::O_CREX, {.size = 64}).close_fd();
        BOOST_TEST(expect_status(1, {"who", name}) == "");
        expect_status(66, {"who", "no-such-object"});
    }
}

BOOST_AUTO_TEST_CASE(watch_ends_when_its_condition_holds) {
    if (!enter_stage()) {
        return;
    }
    Objects objects;
    const std::string queue = "crex-mq:" + objects.name;
    std::thread sender{[&] {
        std::this_thread::sleep_for(std::chrono::milliseconds{100});
        objects.queue.send("x");
    }};
    expect_status(0, {"watch", queue, "--until", "msgs>0", "--timeout", "60"});
    sender.join();
    expect_status(0, {"watch", queue, "--until", "in-use"});
    expect_status(0, {"watch", "no-such-object", "--until", "gone"});
}

BOOST_AUTO_TEST_CASE(watch_gives_up_in_time_with_the_status_asked_for) {
    if (enter_stage()) {
        const Objects objects;
        const std::vector<std::string> arguments{"watch",     "sem:" + objects.name, "--until",
                                                 "value==99", "--timeout",           "100ms"};
        expect_status(75, arguments);
        auto with_status = arguments;
        with_status.insert(with_status.end(), {"-E", "9"});
        expect_status(9, with_status);
        expect_status(64, {"watch", "x", "--until", "weather==fine"});
    }
}

BOOST_AUTO_TEST_CASE(ages_are_sorted_by_when_objects_were_made) {
    if (!enter_stage()) {
        return;
    }
    std::string oldest_first;
    for (const char* const name : {"/b", "/c", "/a"}) {
        crex::SharedMemory{name, crex::O_CREX, {.size = 64}}.close_fd();
        oldest_first.append(name).append("\n");
        usleep(20'000); // the kernel's clock for file times advances in ticks
    }
    for (const char* const column : {"age", "created", "created,name"}) {
        BOOST_TEST(expect_status(0, {"ls", "shm", "--no-headings", "-o", "name", "-s", column}) ==
                   oldest_first);
    }
}

BOOST_AUTO_TEST_CASE(characters_that_reverse_text_are_escaped) {
    if (enter_stage()) {
        const crex::SharedMemory memory{
            "/a\xE2\x80\xAEz\xE2\x81\xA6\xE2\x82\xAC", crex::O_CREX, {.size = 64}};
        const std::string said = expect_status(0, {"ls", "shm", "-o", "name"});
        BOOST_TEST(contains(said, "/a\\xE2\\x80\\xAEz\\xE2\\x81\\xA6\xE2\x82\xAC"), said);
    }
}
