// SPDX-License-Identifier: BSL-1.0
#include "crash/model/event_count.hpp"

#include <algorithm>

namespace model {

class EventCount::Mover {
public:
    Mover(const EventCount& model, const State& state, std::size_t number)
        : model_{model}, next_{state}, me_{next_.processes[number]}, produces_{number <
                                                                               model.producers_} {}

    void take_step(const Emit& emit) {
        if (me_.at == wake) {
            wake_somebody(emit);
        } else if (me_.at != asleep && me_.at != done && me_.at != dead) {
            step();
            emit(Kind::step, next_);
        }
    }

    void time_out(const Emit& emit) {
        if (me_.at == asleep) {
            me_.at = after_sleep();
            emit(Kind::timeout, next_);
        }
    }

    // A sleeper that a wake-up has reached gets no timeout from the kernel, so it cannot leave
    // here.
    void leave(const Emit& emit) {
        if (me_.at == sleep || me_.at == asleep || me_.at == woken) {
            end();
            emit(Kind::leave, next_);
        }
    }

    void die(const Emit& emit) {
        if (me_.at != done && me_.at != dead) {
            me_ = Process{.at = dead};
            ++next_.deaths;
            emit(Kind::death, next_);
        }
    }

private:
    [[nodiscard]] bool is(Broken broken) const { return model_.broken_ == broken; }

    void end() { me_ = Process{.at = done}; }

    [[nodiscard]] Step after_sleep() const {
        if (is(Broken::leaves_when_woken)) {
            return woken;
        }
        return is(Broken::reads_ticket_late) ? raise_flag : read_ticket;
    }

    void wait_again() {
        me_.current = 0;
        me_.at = is(Broken::reads_ticket_late) ? raise_flag : read_ticket;
    }

    void step() {
        switch (me_.at) {
        case produce:
            ++next_.ready;
            me_.at = look_for_waiters;
            if (is(Broken::wakes_too_early)) {
                me_.saw_flag ? void(me_.at = lower_flag) : end();
            }
            return;
        case look_for_waiters:
            if (is(Broken::wakes_too_early) && produces_) {
                me_.saw_flag = next_.flag;
                me_.at = produce;
            } else {
                next_.flag ? void(me_.at = lower_flag) : end();
            }
            return;
        case lower_flag:
            if (next_.flag == 0) {
                return end();
            }
            next_.flag = 0;
            me_.at = is(Broken::keeps_ticket) ? wake : change_ticket;
            return;
        case change_ticket:
            for (Process& process : next_.processes) {
                process.current = 0;
            }
            me_.at = wake;
            return;
        case try_take:
            return take();
        case woken:
            return wait_again();
        case read_ticket:
            me_.current = 1;
            me_.at =
                is(Broken::reads_ticket_late) || is(Broken::raises_flag_late) ? look : raise_flag;
            return;
        case raise_flag:
            if (!is(Broken::raises_flag_once) || me_.raised == 0) {
                next_.flag = 1;
            }
            me_.raised = is(Broken::raises_flag_once);
            me_.at = look;
            if (is(Broken::reads_ticket_late)) {
                me_.at = read_ticket;
            } else if (is(Broken::raises_flag_late)) {
                me_.at = sleep;
            }
            return;
        case look:
            if (next_.ready != 0) {
                me_.at = try_take;
            } else {
                me_.at = is(Broken::raises_flag_late) ? raise_flag : sleep;
            }
            return;
        case sleep: // the kernel compares and puts to sleep atomically
            me_.current ? void(me_.at = asleep) : wait_again();
            return;
        default:
            return;
        }
    }

    void take() {
        if (next_.ready == 0) {
            return wait_again();
        }
        --next_.ready;
        if (next_.ready != 0 && !is(Broken::stops_the_chain)) {
            me_ = Process{.at = look_for_waiters};
        } else {
            end();
        }
    }

    // The kernel wakes any one of the sleepers.
    void wake_somebody(const Emit& emit) {
        end();
        bool any = false;
        for (Process& process : next_.processes) {
            if (process.at == asleep) {
                process.at = after_sleep();
                emit(Kind::step, next_);
                process.at = asleep;
                any = true;
            }
        }
        if (!any) {
            emit(Kind::step, next_);
        }
    }

    const EventCount& model_;
    State next_;
    Process& me_;
    bool produces_;
};

EventCount::State EventCount::initial() const {
    State state{};
    for (std::size_t i = 0; i < most; ++i) {
        std::uint8_t& at = state.processes[i].at;
        if (i < producers_) {
            at = broken_ == Broken::wakes_too_early ? look_for_waiters : produce;
        } else {
            at = i < producers_ + consumers_ ? try_take : done;
        }
    }
    return state;
}

void EventCount::moves(const State& state, const Emit& emit) const {
    for (std::size_t i = 0; i < producers_ + consumers_; ++i) {
        Mover{*this, state, i}.take_step(emit);
        Mover{*this, state, i}.time_out(emit);
        Mover{*this, state, i}.leave(emit);
        Mover{*this, state, i}.die(emit);
    }
}

// In a final state no consumer waits while an item is ready.
bool EventCount::finished(const State& state) const {
    const auto ended = [](const Process& p) { return p.at == done || p.at == dead; };
    const auto* const consumers = state.processes.data() + producers_;
    return std::all_of(state.processes.data(), consumers, ended) &&
           (state.ready == 0 || std::all_of(consumers, consumers + consumers_, ended));
}

std::string EventCount::text(const State& state) {
    constexpr std::array names{"produce",     "look_for_waiters",
                               "lower_flag",  "change_ticket",
                               "wake",        "try_take",
                               "read_ticket", "raise_flag",
                               "look",        "sleep",
                               "asleep",      "woken",
                               "done",        "dead"};
    std::string text =
        "ready=" + std::to_string(state.ready) + " flag=" + std::to_string(state.flag);
    for (const Process& process : state.processes) {
        text += std::string{" | "} + names[process.at];
    }
    return text;
}

} // namespace model
