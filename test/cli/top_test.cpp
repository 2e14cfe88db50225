// SPDX-License-Identifier: BSL-1.0

// crex top on a terminal: the tests read the screen and press keys.

#include <algorithm>

#include <signal.h>
#include <unistd.h>

#include "cli/command.hpp"
#include "cli/terminal.hpp"

using namespace test;

namespace {

constexpr int columns = 130;
constexpr int rows = 20;

struct Top : Terminal {
    explicit Top(const std::string& options = "", const std::string& environment = "")
        : Terminal{"echo before; " + environment + " " + CREX_TEST_COMMAND + " top -d 0.1 " +
                       options + "; echo \"status $?\"; exec sleep 1000",
                   columns, rows} {}
};

bool can_be_tried() { return is_installed(Terminal::tmux) && enter_stage(); }

// The number of the screen line that contains the text; npos when there is none.
std::size_t line_of(const Terminal& terminal, const std::string& text) {
    const std::string screen = terminal.screen();
    const auto place = screen.find(text);
    return place == screen.npos
               ? screen.npos
               : static_cast<std::size_t>(std::count(
                     screen.begin(), screen.begin() + static_cast<std::ptrdiff_t>(place), '\n'));
}

bool is_above(const Terminal& terminal, const std::string& one, const std::string& other) {
    return eventually([&] {
        const auto first = line_of(terminal, one);
        return first != std::string::npos && first < line_of(terminal, other);
    });
}

void fill(crex::MessageQueue& queue, int messages) {
    for (int i = 0; i < messages; ++i) {
        queue.send("x");
    }
}

crex::MessageQueue make_queue(const std::string& name) {
    return crex::MessageQueue{name, crex::O_CREX, {.max_messages = 10, .max_message_size = 8}};
}

} // namespace

BOOST_AUTO_TEST_CASE(a_queue_is_seen_filling_and_being_emptied) {
    if (!can_be_tried()) {
        return;
    }
    crex::MessageQueue queue = make_queue("/jobs");
    const Top top;
    BOOST_TEST(top.shows({"/jobs", "crex-mq", "in-use", "[          ]", "0/10"}));
    BOOST_TEST(top.shows({"crex top", "1 object: 1 in-use", "every 100ms"}));
    fill(queue, 5);
    BOOST_TEST(top.shows({"/jobs", "[|||||     ]", "5/10"}));
    fill(queue, 5);
    BOOST_TEST(top.shows({"/jobs", "[||||||||||]", "10/10"}));
    while (queue.try_receive()) {
    }
    BOOST_TEST(top.shows({"/jobs", "[          ]", "0/10"}));
}

BOOST_AUTO_TEST_CASE(a_terminal_that_cannot_move_the_cursor_is_refused) {
    if (can_be_tried()) {
        const Top top{"", "TERM=dumb"};
        BOOST_TEST(top.shows({"cannot move the cursor"}));
        BOOST_TEST(top.shows({"status 71"}));
    }
}

BOOST_AUTO_TEST_CASE(sends_and_receives_per_second_are_shown) {
    if (!can_be_tried()) {
        return;
    }
    crex::MessageQueue queue = make_queue("/busy");
    const Top top{"--sort sends"};
    BOOST_TEST(top.shows({"/busy", " 0       0 "}));
    crex::MessageQueue{"/a-quiet-one", crex::O_CREX}.close();
    const Process pump{[&]() -> int {
        for (;;) {
            queue.send("x");
            static_cast<void>(queue.receive());
        }
    }};
    // Counts of many thousands are abbreviated, and the busiest queue comes first.
    BOOST_TEST(eventually([&] {
        std::istringstream words{top.line_with("/busy")};
        const std::vector<std::string> all{std::istream_iterator<std::string>{words}, {}};
        return std::count_if(all.begin(), all.end(), [](const std::string& word) {
                   return word.ends_with('k') || word.ends_with('M');
               }) == 2;
    }));
    BOOST_TEST(is_above(top, "/busy", "/a-quiet-one"));
}

BOOST_AUTO_TEST_CASE(waiters_for_a_semaphore_are_counted) {
    if (!can_be_tried()) {
        return;
    }
    crex::Semaphore semaphore{"/turn", crex::O_CREX};
    const Top top;
    const Holder one{[&] { return 0; }};
    const Process waiter{[&] { return semaphore.acquire(), 0; }};
    const Process another{[&] { return semaphore.acquire(), 0; }};
    BOOST_TEST(top.shows({"/turn", "sem ", "  2     0 "}));
}

BOOST_AUTO_TEST_CASE(keys_sort_and_filter) {
    if (!can_be_tried()) {
        return;
    }
    const crex::SharedMemory small{"/a-small-one", crex::O_CREX, {.size = 1000}};
    const crex::SharedMemory large{"/b-large-one", crex::O_CREX, {.size = 100'000}};
    crex::Semaphore{"/c-stale-one", crex::O_CREX}.close();
    const Top top{"--sort name"};
    BOOST_TEST(is_above(top, "/a-small-one", "/b-large-one"));
    top.press({"r"});
    BOOST_TEST(is_above(top, "/b-large-one", "/a-small-one"));
    top.press({"r", "S", "S", "S"});
    BOOST_TEST(top.shows({"sorted by age"}));
    top.press({"S"});
    BOOST_TEST(top.shows({"sorted by size"}));
    BOOST_TEST(is_above(top, "/b-large-one", "/a-small-one"));

    top.press({"/", "small", "Enter"});
    BOOST_TEST(top.stops_showing("/b-large-one"));
    BOOST_TEST(top.shows({"/a-small-one"}));
    top.press({"Escape"});
    BOOST_TEST(top.shows({"/b-large-one"}));

    top.press({"t"});
    BOOST_TEST(top.stops_showing("/c-stale-one"));
    top.press({"t"});
    BOOST_TEST(top.stops_showing("/a-small-one"));
    BOOST_TEST(top.shows({"/c-stale-one", "stale"}));
}

BOOST_AUTO_TEST_CASE(object_can_be_inspected_and_stays_selected) {
    if (!can_be_tried()) {
        return;
    }
    const crex::SharedMemory second{"/second", crex::O_CREX, {.size = 1000}};
    const Top top{"--sort name"};
    BOOST_TEST(top.shows({"/second"}));
    const crex::SharedMemory first{"/first", crex::O_CREX, {.size = 1000}};
    BOOST_TEST(top.shows({"/first"}));
    top.press({"End"});
    BOOST_TEST(top.shows({"2 of 2"}));
    const crex::SharedMemory third{"/another", crex::O_CREX, {.size = 1000}};
    BOOST_TEST(top.shows({"3 of 3"}));
    top.press({"Enter"});
    BOOST_TEST(top.shows({"name ", "/second"}));
    BOOST_TEST(top.shows({"bytes ", "1000"}));
    BOOST_TEST(top.shows({std::to_string(getpid()), "has it open"}));
    top.press({"q"});
    BOOST_TEST(top.shows({"/first"}));
    top.press({"h"});
    BOOST_TEST(top.shows({"sort by the next"}));
    top.press({"Escape"});
    BOOST_TEST(top.shows({"/second"}));
}

BOOST_AUTO_TEST_CASE(object_removed_while_it_is_inspected_is_reported_as_gone) {
    if (!can_be_tried()) {
        return;
    }
    const crex::SharedMemory other{"/other", crex::O_CREX, {.size = 1}};
    crex::SharedMemory memory{"/memory", crex::O_CREX, {.size = 1}};
    const Top top{"--sort name"};
    BOOST_TEST(top.shows({"/memory"}));
    top.press({"Enter"});
    BOOST_TEST(top.shows({"name ", "/memory"}));
    memory.unlink();
    memory.close_fd();
    BOOST_TEST(top.shows({"not there any more"}));
    top.press({"q"});
    BOOST_TEST(top.shows({"1 of 1"}));
}

BOOST_AUTO_TEST_CASE(resized_screen_is_drawn_again) {
    if (!can_be_tried()) {
        return;
    }
    std::vector<crex::SharedMemory> objects;
    for (int i = 10; i < 40; ++i) {
        objects.emplace_back("/object-" + std::to_string(i), crex::O_CREX,
                             crex::SharedMemoryOptions{.size = 1});
    }
    const Top top{"--sort name"};
    BOOST_TEST(top.shows({"/object-25"}));
    BOOST_TEST(top.line_with("/object-26").empty()); // 16 of 20 lines
    top.resize(60, 10);
    BOOST_TEST(top.stops_showing("/object-16"));
    BOOST_TEST(top.stops_showing("COMMAND"));
    BOOST_TEST(top.shows({"/object-15", "shm", "in-use"}));
    top.resize(5, 2);
    top.resize(columns, 40);
    BOOST_TEST(top.shows({"SIZE", "COMMAND"}));
    BOOST_TEST(top.shows({"/object-39", "in-use"}));
    top.resize(columns, 10);
    BOOST_TEST(top.stops_showing("/object-16"));
    BOOST_TEST(top.shows({"/object-15"})); // drawn again, and not just cut
    top.press({"End"});
    BOOST_TEST(top.shows({"30 of 30"}));
    BOOST_TEST(top.line_with("/object-33").empty());
    top.press({"PageUp"});
    BOOST_TEST(top.shows({"/object-33"}));
}

BOOST_AUTO_TEST_CASE(names_that_are_wide_or_odd_do_not_disturb_the_columns) {
    if (!can_be_tried()) {
        return;
    }
    const crex::SharedMemory plain{"/plain", crex::O_CREX, {.size = 1}};
    const crex::SharedMemory wide{"/\u65E5\u672C", crex::O_CREX, {.size = 1}};
    const crex::SharedMemory odd{"/\xFF\x01\u009B2J", crex::O_CREX, {.size = 1}};
    const Top top;
    BOOST_TEST(top.shows({"/\u65E5\u672C", "in-use"}));
    BOOST_TEST(top.shows({"/\\xFF\\x01", "\\xC2\\x9B2J", "in-use"}));
    const std::string name = "/plain", wide_name = "/\u65E5\u672C"; // 6 columns, and 5
    const auto distance = [&](const std::string& text) {
        const std::string line = top.line_with(text);
        return line.find("in-use") - line.find(text) - text.size();
    };
    BOOST_TEST(distance(name) + 1 == distance(wide_name));
}

BOOST_AUTO_TEST_CASE(key_q_ends_top_and_restores_the_screen) {
    if (!can_be_tried()) {
        return;
    }
    const Top top;
    BOOST_TEST(top.shows({"crex top", "0 objects"}));
    BOOST_TEST(top.line_with("before").empty());
    top.press({"q"});
    BOOST_TEST(top.shows({"status 0"}));
    BOOST_TEST(top.shows({"before"}));
    BOOST_TEST(top.line_with("crex top").empty());
}

BOOST_AUTO_TEST_CASE(interrupt_ends_top_and_restores_the_screen) {
    if (!can_be_tried()) {
        return;
    }
    const Top top;
    BOOST_TEST(top.shows({"crex top"}));
    top.press({"C-c"});
    BOOST_TEST(top.shows({"status 130"}));
    BOOST_TEST(top.shows({"before"}));
}

BOOST_AUTO_TEST_CASE(screen_does_not_change_while_paused) {
    if (!can_be_tried()) {
        return;
    }
    const Top top;
    BOOST_TEST(top.shows({"crex top", "0 objects"}));
    top.press({"Space"});
    BOOST_TEST(top.shows({"crex top", "paused"}));
    std::this_thread::sleep_for(std::chrono::milliseconds{500}); // an update may be under way
    const crex::SharedMemory memory{"/memory", crex::O_CREX, {.size = 1}};
    std::this_thread::sleep_for(std::chrono::milliseconds{500});
    BOOST_TEST(top.line_with("/memory").empty());
    top.press({"Space"});
    BOOST_TEST(top.shows({"/memory"}));
}

BOOST_AUTO_TEST_CASE(screen_is_coloured_unless_colours_are_turned_off) {
    if (!can_be_tried()) {
        return;
    }
    const crex::SharedMemory memory{"/memory", crex::O_CREX, {.size = 1}};
    const std::string green = "\033[32m";
    const Top with;
    BOOST_TEST(with.shows({"/memory"}));
    with.press({"h"}); // at a place without an object
    BOOST_TEST(with.shows({"sort by the next"}));
    BOOST_TEST(!contains(with.coloured_screen(), green));
    const crex::SharedMemory another{"/second", crex::O_CREX, {.size = 1}};
    with.press({"q"});
    BOOST_TEST(eventually([&] { return contains(with.coloured_screen(), green); }));
    const Top without{"", "NO_COLOR=1"};
    BOOST_TEST(without.shows({"/memory"}));
    BOOST_TEST(!contains(without.coloured_screen(), green));
}

BOOST_AUTO_TEST_CASE(top_ends_with_its_terminal) {
    if (!can_be_tried()) {
        return;
    }
    const crex::SharedMemory memory{"/memory", crex::O_CREX, {.size = 1}};
    std::string pid;
    {
        const Terminal terminal{"echo pid $$; read -r go; exec " CREX_TEST_COMMAND " top", columns,
                                rows};
        BOOST_TEST(terminal.shows({"pid "}));
        pid = terminal.line_with("pid ").substr(4);
        terminal.press({"Enter"});
        BOOST_TEST(terminal.shows({"/memory"}));
    }
    BOOST_TEST(eventually([&] {
        const char state = state_of(std::stoi(pid));
        return state == '?' || state == 'Z';
    }));
}

BOOST_AUTO_TEST_CASE(top_works_once_without_a_terminal) {
    if (!enter_stage()) {
        return;
    }
    crex::MessageQueue queue = make_queue("/jobs");
    fill(queue, 5);
    const std::string text = expect_status(0, {"top", "--once", "--every", "1ms"});
    BOOST_TEST(contains(text, "/jobs"));
    BOOST_TEST(contains(text, "[|||||     ]"));
    BOOST_TEST(
        expect_status(0, {"top", "--once", "--every", "0", "--filter", "nothing"}).find("/jobs") ==
        std::string::npos);
    const auto json =
        nlohmann::json::parse(crex_command({"top", "--once", "--json", "--every", "1ms"}).output);
    BOOST_TEST(json["objects"][0]["name"] == "/jobs");
    BOOST_TEST(json["objects"][0]["messages"] == 5);
    BOOST_TEST(json["objects"][0]["sends_per_second"] == 0);
    expect_status(64, {"top", "--json"});
    BOOST_TEST(contains(expect_status(64, {"top"}), "terminal"));
    expect_status(64, {"top", "--sort", "no-such-column"});
}
