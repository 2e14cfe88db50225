// SPDX-License-Identifier: BSL-1.0
#include "waking.hpp"

#include "bystanders.hpp"
#include "crash/kill/harness/stepper.hpp"
#include "crash/kill/harness/trace.hpp"

namespace crash {

namespace {

using namespace std::chrono_literals;

class Waking {
public:
    using Operation = std::function<void(Queue&)>;
    using Step = std::function<void(Bystanders&)>;

    Waking(const Subject& subject, Step before, Operation operation, Step after)
        : subject_{subject}, before_{std::move(before)},
          operation_{std::move(operation)}, after_{std::move(after)} {}

    Figures kill_at(const std::string& what, std::size_t points) {
        const Trace trace = run_through();
        Figures figures{what};
        figures.states = trace.distinct().size();
        for (const std::size_t point : some(trace.all(), points)) {
            figures.note(kill_at(trace.route_to(point)), "point " + std::to_string(point));
        }
        return figures;
    }

private:
    void act(const Bystanders& bystanders) const {
        const auto queue = subject_.open(bystanders.name);
        operation_begins();
        operation_(*queue);
        operation_ends();
    }

    [[nodiscard]] Trace run_through() const {
        Bystanders bystanders{subject_, {}};
        before_(bystanders);
        const OnOneProcessor together;
        Stepper actor{[&] { act(bystanders); }};
        return Trace{actor, subject_.path(bystanders.name)};
    }

    [[nodiscard]] Report kill_at(const Route& route) const try {
        Bystanders bystanders{subject_, {}};
        before_(bystanders);
        {
            const OnOneProcessor together;
            Stepper actor{[&] { act(bystanders); }};
            bring(actor, route);
        }
        after_(bystanders);
        return report(Fault::none, {}, bystanders.slowest_ms());
    } catch (const Complaint& problem) {
        return report(problem.fault, problem.what());
    }

    const Subject& subject_;
    Step before_;
    Operation operation_;
    Step after_;
};

// This is long enough for a woken waiter to report.
bool has_got_on(Bystanders& bystanders) { return bystanders.waiter_has_answered(20ms); }

} // namespace

Figures kill_senders_to_a_waiting_receiver(const Subject& subject, std::size_t points) {
    const auto wait = [](Bystanders& bystanders) {
        bystanders.let_wait(command(Bystanders::receive));
    };
    const auto send = [](Queue& queue) { queue.send(item('m', 1)); };
    const auto go_on = [](Bystanders& bystanders) {
        const bool sent =
            has_got_on(bystanders) || bystanders.survivor_must(command(Bystanders::count)) != "0";
        if (!sent) {
            bystanders.survivor_must(command(Bystanders::send, 2));
        }
        const std::string got = bystanders.waiter_must_answer();
        if (got != name_of_message(2)) {
            expect_name(got, name_of_message(1));
        }
        bystanders.survivor_must(command(Bystanders::send, 3));
        if (!sent && got != name_of_message(2)) {
            expect_name(bystanders.survivor_must(command(Bystanders::receive)), name_of_message(2));
        }
        expect_name(bystanders.survivor_must(command(Bystanders::receive)), name_of_message(3));
    };
    return Waking{subject, wait, send, go_on}.kill_at("send (a receiver sleeps)", points);
}

Figures kill_receivers_from_a_waiting_sender(const Subject& subject, std::size_t points) {
    const auto wait = [](Bystanders& bystanders) {
        for (int i = 1; i <= static_cast<int>(Bystanders::capacity); ++i) {
            bystanders.survivor_must(command(Bystanders::send, i));
        }
        bystanders.let_wait(command(Bystanders::send, Bystanders::capacity + 1));
    };
    const auto receive = [](Queue& queue) { (void)queue.receive(); };
    const auto go_on = [](Bystanders& bystanders) {
        const std::string full = std::to_string(Bystanders::capacity);
        std::size_t next = 2;
        if (!has_got_on(bystanders) &&
            bystanders.survivor_must(command(Bystanders::count)) == full) {
            const std::string got = bystanders.survivor_must(command(Bystanders::receive));
            if (got != name_of_message(1)) { // the victim had taken it
                expect_name(got, name_of_message(next++));
            }
        }
        bystanders.waiter_must_answer();
        while (next <= Bystanders::capacity + 1) {
            expect_name(bystanders.survivor_must(command(Bystanders::receive)),
                        name_of_message(next++));
        }
        expect_name(bystanders.survivor_must(command(Bystanders::count)), "0");
    };
    return Waking{subject, wait, receive, go_on}.kill_at("receive (a sender sleeps)", points);
}

} // namespace crash
