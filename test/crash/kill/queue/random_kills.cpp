// SPDX-License-Identifier: BSL-1.0
#include "random_kills.hpp"

#include <algorithm>
#include <iostream>
#include <thread>

#include <signal.h>

#include <crex/crex.hpp>

#include "support/unique_name.hpp"

namespace crash {

using namespace std::chrono_literals;

RandomKills::RandomKills(const Subject& subject, Mix mix, unsigned seed, milliseconds guard)
    : mix_{std::move(mix)}, guard_{guard}, context_{subject,         test::unique_name(),
                                                    mix_.shape,      mix_.message_size,
                                                    mix_.priorities, ledger_},
      random_{seed} {
    mix_.shape.message_size = mix_.message_size;
    (void)subject.create(context_.name, mix_.shape);
}

RandomKills::~RandomKills() {
    children_.clear();
    context_.subject.unlink(context_.name);
}

Record& RandomKills::record(std::size_t number) const {
    return reinterpret_cast<Record*>(entries_.bytes().data())[number];
}

// The two workers that are spared do the jobs of the first sender and the first receiver.
Job RandomKills::job_of(std::size_t number) const {
    const auto& jobs = number % 2 == 0 ? mix_.senders : mix_.receivers;
    return jobs[number / 2 % jobs.size()];
}

void RandomKills::start(std::size_t number) {
    children_[number].emplace([&] { work(context_, job_of(number), number / 2, record(number)); });
}

void RandomKills::begin_round() {
    ledger_.clear();
    for (std::size_t i = 0; i < participants; ++i) {
        record(i).next = 0;
        record(i).latest = {};
        record(i).buffer = {};
        start(i);
    }
}

void RandomKills::kill(std::size_t number, Figures& figures) {
    const int ended = children_[number]->kill();
    if (ended != -SIGKILL) {
        figures.blame(report(Fault::other, "ended by itself: " + std::to_string(ended)),
                      "participant " + std::to_string(number));
    }
    ++figures.kills;
    note_what_was_in_hand(ledger_, record(number));
}

bool RandomKills::all_get_on() {
    std::array<std::uint64_t, participants> before{};
    for (std::size_t i = 0; i < participants; ++i) {
        before[i] = record(i).calls;
    }
    const auto until = std::chrono::steady_clock::now() + guard_;
    for (std::size_t i = 0; i < participants;) {
        if (record(i).calls >= before[i] + 2) {
            ++i;
        } else if (std::chrono::steady_clock::now() > until || !children_[i]->running()) {
            std::cout << "participant " << i << " of " << mix_.name << " does not get on, "
                      << (children_[i]->running() ? "but hangs" : "but has ended") << std::endl;
            return false;
        } else {
            std::this_thread::sleep_for(1ms);
        }
    }
    return true;
}

// The remaining workers are killed as well; a call that waits without a limit ends in no other way.
void RandomKills::end_round(Figures& figures) {
    for (std::size_t i = 0; i < participants; ++i) {
        kill(i, figures);
    }
    CommandProcess auditor{[this](const Command&) { return drain(); }};
    const Report drained = auditor.ask(command(0), guard_);
    auditor.dismiss();
    figures.blame(drained, "draining");
    audit(figures);
}

// A queue at rest must be in strict order.
Report RandomKills::drain() {
    const auto queue = context_.subject.open(context_.name);
    std::array<std::array<std::uint64_t, 64>, Ledger::senders> next{};
    unsigned priority = crex::queue_priority_max;
    for (auto got = queue->try_receive(); got; got = queue->try_receive()) {
        const auto tag = tag_in(std::as_bytes(std::span{got->body}));
        if (!tag || got->body.size() != mix_.message_size) {
            return report(Fault::other, "a message that nobody sent");
        }
        if (!ledger_.was_consumed(*tag)) {
            return report(Fault::duplicated, "came a second time");
        }
        auto& after = next[tag->sender][got->priority % 64];
        if (got->priority > priority || tag->sequence < after) {
            return report(Fault::other, "came out of order");
        }
        after = tag->sequence + 1;
        priority = got->priority;
    }
    for (std::size_t i = 0; i < mix_.shape.capacity; ++i) {
        if (!queue->try_send(item('f', i))) {
            return report(Fault::other, "room for only " + std::to_string(i));
        }
    }
    for (std::size_t i = 0; i < mix_.shape.capacity; ++i) {
        if (const auto got = queue->try_receive(); !got || *got != item('f', i)) {
            return report(Fault::lost, "filled and drained, something is missing");
        }
    }
    const bool alone = !context_.subject.is_robust || queue->crex()->stats().participants == 1;
    return alone ? report(Fault::none, {}) : report(Fault::other, "the dead still take part");
}

void RandomKills::audit(Figures& figures) {
    const std::size_t before = figures.faults();
    std::uint64_t late = 0;
    std::uint64_t invented = 0;
    for (std::size_t i = 0; i < participants; ++i) {
        figures.duplicated += record(i).duplicates.exchange(0);
        late += record(i).late.exchange(0);
        invented += record(i).invented.exchange(0);
        if (i >= victims) {
            figures.slowest_ms = std::max(figures.slowest_ms, record(i).slowest_ms.load());
        }
    }
    figures.lost += ledger_.lost();
    figures.other += invented + (mix_.keeps_order ? late : 0);
    if (figures.faults() > before && figures.first_complaint.empty()) {
        figures.first_complaint = "after " + std::to_string(figures.kills) + " kills, " +
                                  std::to_string(invented) + " invented, " + std::to_string(late) +
                                  " late";
    }
}

Figures RandomKills::kill(std::size_t kills, std::size_t per_round) {
    Figures figures{mix_.name};
    std::size_t messages = 0;
    while (figures.kills < kills && figures.hung == 0) {
        begin_round();
        for (std::size_t i = 0; i < per_round; ++i) {
            std::this_thread::sleep_for(std::chrono::microseconds{random_() % 400});
            const std::size_t number = random_() % victims;
            kill(number, figures);
            start(number);
        }
        const bool hung = !all_get_on();
        messages += ledger_.sent_count();
        if (hung) {
            figures.blame(report(Fault::hung, "a worker does not get on"), mix_.name);
            break;
        }
        end_round(figures);
    }
    std::cout << mix_.name << ": " << messages << " messages" << std::endl;
    return figures;
}

} // namespace crash
