// SPDX-License-Identifier: BSL-1.0
#include "waiting.hpp"

#include <deque>
#include <functional>
#include <optional>

#include <unistd.h>

#include "bystanders.hpp"
#include "crash/kill/harness/ledger.hpp"

namespace crash {

namespace {

// What a victim has received when it is killed.
class Hands {
public:
    [[nodiscard]] std::span<std::byte> buffer() const { return pages_.bytes().subspan(64); }
    void empty() const { pages_.bytes()[0] = buffer()[0] = std::byte{0}; }

    /// The victim's call has returned.
    void are_full() const { pages_.bytes()[0] = std::byte{1}; }

    /// How long to wait before the message counts as the victim's. Zero if its call had returned:
    /// then no other process has the message, once the queue says so too. Otherwise another process
    /// may still have it.
    [[nodiscard]] milliseconds doubtful() const {
        return milliseconds{pages_.bytes()[0] == std::byte{1} ? 0 : 1000};
    }
    [[nodiscard]] bool touched() const { return buffer()[0] != std::byte{0}; }

private:
    SharedPages pages_{4096};
};

Child start_waiting(const Bystanders& bystanders, const Hands& hands,
                    const std::function<void(Queue&)>& wait) {
    hands.empty();
    Child victim{[&] {
        const auto queue = bystanders.subject.open(bystanders.name);
        wait(*queue);
        hands.are_full();
        for (;;) {
            pause();
        }
    }};
    Bystanders::wait_until_asleep(victim.pid());
    return victim;
}

template <class Step>
Figures repeat(const std::string& what, std::size_t kills, Bystanders& bystanders, Step&& step) {
    Figures figures{what};
    for (std::size_t i = 0; i < kills && figures.faults() == 0; ++i) {
        try {
            step(i);
            figures.note(report(Fault::none, {}, bystanders.slowest_ms()), what);
        } catch (const Complaint& problem) {
            figures.note(report(problem.fault, problem.what()), "kill " + std::to_string(i));
        }
    }
    return figures;
}

std::string count_in(Bystanders& bystanders) {
    return bystanders.survivor_must(command(Bystanders::count));
}

} // namespace

Figures kill_waiting_receivers(const Subject& subject, std::size_t kills, WaitOptions patience) {
    Bystanders bystanders{subject, patience};
    const Hands hands;
    const auto dead_one_has_it = [&] {
        return hands.touched() && count_in(bystanders) == "0" ? std::optional{hands.doubtful()}
                                                              : std::nullopt;
    };
    return repeat("receivers killed while waiting", kills, bystanders, [&](std::size_t i) {
        Child victim = start_waiting(
            bystanders, hands, [&](Queue& queue) { (void)queue.receive_into(hands.buffer()); });
        bystanders.let_wait(command(Bystanders::receive));
        if (i % 2 == 0) {
            victim.kill();
        }
        bystanders.survivor_must(command(Bystanders::send, static_cast<int>(i)));
        victim.kill();
        if (i % 2 == 0 || bystanders.waiter_gets_on(dead_one_has_it)) {
            expect_name(bystanders.waiter_must_answer(), name_of_message(i));
        }
    });
}

Figures kill_waiting_senders(const Subject& subject, std::size_t kills, WaitOptions patience) {
    Bystanders bystanders{subject, patience};
    const Hands hands;
    std::deque<std::string> waiting;
    for (std::size_t i = 0; i < Bystanders::capacity; ++i) {
        bystanders.survivor_must(command(Bystanders::send, static_cast<int>(i)));
        waiting.push_back(name_of_message(i));
    }
    const auto dead_one_has_done_it = [&] {
        return count_in(bystanders) == std::to_string(Bystanders::capacity)
                   ? std::optional{hands.doubtful()}
                   : std::nullopt;
    };
    int sent = Bystanders::capacity;
    return repeat("senders killed while waiting", kills, bystanders, [&](std::size_t i) {
        Child victim =
            start_waiting(bystanders, hands, [&](Queue& queue) { queue.send(item('v', i)); });
        bystanders.let_wait(command(Bystanders::send, sent));
        if (i % 2 == 0) {
            victim.kill();
        }
        expect_name(bystanders.survivor_must(command(Bystanders::receive)), waiting.front());
        waiting.pop_front();
        victim.kill();
        if (i % 2 == 0 || bystanders.waiter_gets_on(dead_one_has_done_it)) {
            bystanders.waiter_must_answer();
            waiting.push_back(name_of_message(static_cast<std::size_t>(sent++)));
        } else {
            waiting.push_back(name_of(item('v', i)));
        }
    });
}

} // namespace crash
