// SPDX-License-Identifier: BSL-1.0
#include <iostream>
#include <thread>
#include <utility>

#include <crex/error.hpp>

#include "invocation.hpp"
#include "io/reader.hpp"
#include "objects/server.hpp"
#include "process/interruption.hpp"
#include "top/top_screen.hpp"

namespace cli {
namespace {

using namespace std::chrono_literals;

TopView view_of(const Invocation& given) {
    TopView view;
    if (const auto column = given.value("sort")) {
        view.sorted_by = top_column_called(*column);
    }
    view.reversed = given.has("reverse");
    view.filter = given.value("filter").value_or("");
    return view;
}

// The screen stays when the server goes; crex connects again.
Source source_of(const Invocation& given) {
    if (!given.has("at")) {
        return {[] { return crex::list_objects(); }};
    }
    (void)list_objects_at_server(given); // there is a server
    const auto look = [&given] {
        try {
            return list_objects_at_server(given);
        } catch (const crex::Error& error) {
            return crex::Inventory{.objects = {}, .limitations = {error.what()}};
        }
    };
    return {look, true};
}

// Two looks, since rates need two.
void print_once(Source source, const TopView& view, std::chrono::nanoseconds period, bool as_json) {
    notice_gone_reader();
    Observer observer{std::move(source)};
    observer.look();
    std::this_thread::sleep_for(period);
    const Sample sample = observer.look();
    if (as_json) {
        print_json(std::cout, sample, view);
    } else {
        print(std::cout, sample, view);
    }
    std::cout.flush();
    for (const std::string& limitation : sample.limitations) {
        std::cerr << "crex top: the list is partial: " << limitation << '\n';
    }
}

ExitStatus run_top(const Invocation& given) {
    const TopView view = view_of(given);
    const auto period = std::min(given.duration("every").value_or(1s), sample_period_max);
    if (given.has("once")) {
        print_once(source_of(given), view, period, given.has("json"));
        return fine;
    }
    if (given.has("json")) {
        throw UsageError{"--json is for --once"};
    }
    // Called before there are threads, so that they leave these signals alone, and with enough time
    // to restore the screen.
    interruption(5s);
    {
        Sampler sampler{source_of(given), std::max(period, sample_period_min)};
        TopScreen{sampler, view}.run();
    }
    end_if_interrupted();
    return fine;
}

} // namespace

extern const Verb top{
    .name = "top",
    .arguments = "",
    .at_least = 0,
    .at_most = 0,
    .summary = "watch all objects, on the whole screen",
    .description =
        R"(Shows the objects of the machine as crex ls does, and what happens to them: how full
queues are, how many messages are sent and received in a second (by robust queues and rings, which
count them), how many processes wait for a semaphore. Looking does no harm, and takes at most a
fourth of the time.

With --at, it shows the queues and semaphores at a server that the role may use. Their users are
handles, on any machine, and stale means that none is open.)",
    .options =
        {
            {"every,d", "DURATION", "how often to look; 1s, unless given"},
            {"sort,s", "COLUMN", "sort by it; by sends, unless given"},
            {"reverse,r", nullptr, "the other way round"},
            {"filter,f", "TEXT", "only objects with TEXT in their KIND:NAME or command"},
            {"once", nullptr,
             "look twice, --every apart, write the table to standard output, and end"},
            at_option,
            {"json", nullptr,
             "with --once: as JSON, see crex-ls(1); with sends_per_second and receives_per_second"},
        },
    .more = {{"KEYS", top_keys},
             {"COLUMNS",
              R"( depth           how full a queue is
 sends, receives in a second
 waiters         how many wait for a semaphore; "some" of a robust object
 kind name state users msgs value size age command
                 as in crex-ls(1)

A narrow screen shows fewer.)"}},
    .completes = Completes::nothing,
    .run = run_top,
};

} // namespace cli
