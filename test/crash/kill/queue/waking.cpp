// SPDX-License-Identifier: BSL-1.0
#include "waking.hpp"

#include "crash/kill/harness/stepper.hpp"
#include "crash/kill/harness/trace.hpp"
#include "scene.hpp"

namespace crash {

namespace {

using namespace std::chrono_literals;

class Waking {
public:
    using Operation = std::function<void(Queue&)>;
    using Step = std::function<void(Scene&)>;

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
    void act(const Scene& scene) const {
        const auto queue = subject_.open(scene.name);
        operation_begins();
        operation_(*queue);
        operation_ends();
    }

    [[nodiscard]] Trace run_through() const {
        Scene scene{subject_, {}};
        before_(scene);
        const OnOneProcessor together;
        Stepper actor{[&] { act(scene); }};
        return Trace{actor, subject_.path(scene.name)};
    }

    [[nodiscard]] Report kill_at(const Route& route) const try {
        Scene scene{subject_, {}};
        before_(scene);
        {
            const OnOneProcessor together;
            Stepper actor{[&] { act(scene); }};
            bring(actor, route);
        }
        after_(scene);
        return report(Fault::none, {}, scene.slowest_ms());
    } catch (const Complaint& problem) {
        return report(problem.fault, problem.what());
    }

    const Subject& subject_;
    Step before_;
    Operation operation_;
    Step after_;
};

// This is long enough for a woken waiter to report.
bool has_got_on(Scene& scene) { return scene.waiting_one_has_answered(20ms); }

} // namespace

Figures kill_senders_to_a_waiting_receiver(const Subject& subject, std::size_t points) {
    const auto wait = [](Scene& scene) { scene.let_wait(order(Scene::receive)); };
    const auto send = [](Queue& queue) { queue.send(item('m', 1)); };
    const auto go_on = [](Scene& scene) {
        const bool sent = has_got_on(scene) || scene.survivor_must(order(Scene::count)) != "0";
        if (!sent) {
            scene.survivor_must(order(Scene::send, 2));
        }
        const std::string got = scene.waiting_one_must_answer();
        if (got != name_of_message(2)) {
            expect_name(got, name_of_message(1));
        }
        scene.survivor_must(order(Scene::send, 3));
        if (!sent && got != name_of_message(2)) {
            expect_name(scene.survivor_must(order(Scene::receive)), name_of_message(2));
        }
        expect_name(scene.survivor_must(order(Scene::receive)), name_of_message(3));
    };
    return Waking{subject, wait, send, go_on}.kill_at("send (a receiver sleeps)", points);
}

Figures kill_receivers_from_a_waiting_sender(const Subject& subject, std::size_t points) {
    const auto wait = [](Scene& scene) {
        for (int i = 1; i <= static_cast<int>(Scene::capacity); ++i) {
            scene.survivor_must(order(Scene::send, i));
        }
        scene.let_wait(order(Scene::send, Scene::capacity + 1));
    };
    const auto receive = [](Queue& queue) { (void)queue.receive(); };
    const auto go_on = [](Scene& scene) {
        const std::string full = std::to_string(Scene::capacity);
        std::size_t next = 2;
        if (!has_got_on(scene) && scene.survivor_must(order(Scene::count)) == full) {
            const std::string got = scene.survivor_must(order(Scene::receive));
            if (got != name_of_message(1)) { // the victim had taken it
                expect_name(got, name_of_message(next++));
            }
        }
        scene.waiting_one_must_answer();
        while (next <= Scene::capacity + 1) {
            expect_name(scene.survivor_must(order(Scene::receive)), name_of_message(next++));
        }
        expect_name(scene.survivor_must(order(Scene::count)), "0");
    };
    return Waking{subject, wait, receive, go_on}.kill_at("receive (a sender sleeps)", points);
}

} // namespace crash
