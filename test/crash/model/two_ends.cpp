// SPDX-License-Identifier: BSL-1.0
#include "crash/model/two_ends.hpp"

#include <algorithm>

namespace model {
namespace {

constexpr std::uint8_t wreck = 0xff;
constexpr std::uint8_t senders_end = 1;
constexpr std::uint8_t receivers_end = 2;
constexpr std::uint8_t both_ends = senders_end | receivers_end;
constexpr std::uint8_t s = 0;
constexpr std::uint8_t r = 1;

std::uint8_t bits(int value) { return static_cast<std::uint8_t>(value); }

} // namespace

class TwoEnds::Mover {
public:
    Mover(const TwoEnds& model, const State& state, std::size_t entry)
        : model_{model}, next_{state}, entry_{entry}, me_{next_.processes[entry]} {}

    void begin() {
        me_.goal = to_work;
        me_.looked = is(Broken::looks_before_locking) ? next_.needs_recovery : 0;
        want(job() == Job::receive ? r : s);
    }

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
            wait();
            emit(Kind::timeout, next_);
        }
    }

    void meet_fate(const Emit& emit) {
        const auto generation = me_.generation;
        if (me_.at == dead) {
            me_ = Process{.generation = bits(generation + 1)};
            begin();
            ++next_.births;
            emit(Kind::birth, next_);
        } else if (me_.at != done) {
            me_ = Process{.at = dead, .generation = generation};
            std::replace(next_.changing.begin(), next_.changing.end(), bits(1 + int(entry_)),
                         wreck);
            ++next_.deaths;
            emit(Kind::death, next_);
        }
    }

    void leave(const Emit& emit) {
        if (me_.at == sleep) {
            me_.goal = to_leave;
            after_release();
            emit(Kind::leave, next_);
        }
    }

    State state() const { return next_; }

private:
    [[nodiscard]] Job job() const { return model_.jobs_[entry_]; }
    [[nodiscard]] bool is(Broken broken) const { return model_.broken_ == broken; }
    [[nodiscard]] bool holds(std::uint8_t lock) const { return (me_.holds >> lock & 1) != 0; }
    Lock& lock() { return next_.locks[me_.lock]; }

    [[nodiscard]] std::uint8_t identity() const {
        const int generation = is(Broken::ignores_generations) ? 0 : me_.generation;
        return bits((1 + int(entry_)) | generation << 2);
    }

    // The holder's liveness lock is gone, or is held for a later generation.
    [[nodiscard]] bool is_dead(std::uint8_t word) const {
        const Process& holder = next_.processes[std::size_t(word & 3) - 1];
        const bool other = holder.generation != word >> 2;
        return holder.at == dead || (other && !is(Broken::ignores_generations));
    }

    void end() { me_ = Process{.at = done, .generation = me_.generation}; }

    void want(std::uint8_t lock) {
        me_.lock = lock;
        me_.at = acquire;
        forget();
    }

    void forget() { me_.seen = me_.current = 0; }

    void wait() { me_.at = is(Broken::reads_ticket_late) ? raise_flag : read_ticket; }

    // Compare-and-swap.
    bool replace(std::uint8_t expected, Step then) {
        if (lock().word != expected) {
            return false;
        }
        lock().word = identity();
        me_.holds = bits(me_.holds | 1 << me_.lock);
        me_.at = then;
        forget();
        return true;
    }

    void step() {
        switch (me_.at) {
        case acquire:
            return replace(0, locked) ? void() : wait();
        case read_ticket:
            me_.current = 1;
            me_.at = looks_first() || is(Broken::reads_ticket_late) ? inspect : raise_flag;
            return;
        case raise_flag:
            lock().flag = is(Broken::never_raises_flag) ? 0 : 1;
            if (looks_first()) {
                me_.at = sleep;
            } else {
                me_.at = is(Broken::reads_ticket_late) ? read_ticket : inspect;
            }
            return;
        case inspect:
            if (!replace(0, locked)) {
                me_.seen = lock().word;
                me_.at = probe;
            }
            return;
        case probe:
            if (is_dead(me_.seen)) {
                me_.at = take_over;
            } else {
                me_.at = looks_first() ? raise_flag : sleep;
            }
            return;
        case take_over:
            return replace(me_.seen, marks() ? set_needs_recovery : locked) ? void() : wait();
        case set_needs_recovery:
            next_.needs_recovery = 1;
            me_.at = locked;
            return;
        case sleep:
            return fall_asleep();
        case locked:
            return go_on();
        case change:
            touch(what_it_changes());
            me_.at = changed;
            return;
        case changed:
            leave_whole(what_it_changes());
            if (is(Broken::takes_over_first)) {
                next_.needs_recovery = 1;
            }
            return give_up_to(to_leave);
        case rebuild:
            std::replace(next_.changing.begin(), next_.changing.end(), wreck, std::uint8_t{0});
            touch(both_ends);
            me_.at = rebuilt;
            return;
        case rebuilt:
            leave_whole(both_ends);
            me_.at = clear_needs_recovery;
            return;
        case clear_needs_recovery:
            next_.needs_recovery = 0;
            return give_up_to(to_work);
        case release:
            return let_go();
        case look_for_sleepers:
            me_.at = lower_flag;
            if (lock().flag == 0) {
                is(Broken::wakes_before_releasing) ? unlock() : after_release();
            }
            return;
        case lower_flag:
            lock().flag = 0;
            me_.at = is(Broken::sleeps_on_the_word) ? wake : change_ticket;
            return;
        case change_ticket:
            for (Process& process : next_.processes) {
                process.current = process.lock == me_.lock ? 0 : process.current;
            }
            me_.at = wake;
            return;
        default:
            return;
        }
    }

    // The kernel compares and puts to sleep atomically.
    void fall_asleep() {
        const bool unchanged =
            is(Broken::sleeps_on_the_word) ? lock().word == me_.seen : me_.current != 0;
        forget();
        unchanged ? void(me_.at = asleep) : wait();
    }

    [[nodiscard]] bool marks() const {
        return !is(Broken::takes_over_silently) && !is(Broken::takes_over_first);
    }

    [[nodiscard]] bool looks_first() const {
        return is(Broken::raises_flag_late) || is(Broken::sleeps_on_the_word);
    }

    // Chooses the next step once the process has the lock that it needs.
    void go_on() {
        if (me_.goal == to_rebuild) {
            const bool both = me_.holds == 3 || is(Broken::rebuilds_under_one_lock);
            if (!both) {
                want(holds(s) ? r : s);
            } else if (next_.needs_recovery == 0) { // another process was faster
                give_up_to(to_work);
            } else {
                me_.at = rebuild;
            }
        } else if (is(Broken::looks_before_locking) ? me_.looked : next_.needs_recovery) {
            give_up_to(to_rebuild);
        } else if (job() == Job::meet && !holds(r) && !is(Broken::meets_under_s)) {
            want(r);
        } else {
            me_.at = change;
        }
    }

    [[nodiscard]] std::uint8_t what_it_changes() const {
        if (job() == Job::meet) {
            return both_ends;
        }
        return job() == Job::send ? senders_end : receivers_end;
    }

    void touch(std::uint8_t what) {
        for (std::size_t i = 0; i < next_.changing.size(); ++i) {
            std::uint8_t& changer = next_.changing[i];
            if ((what >> i & 1) != 0 && changer != 0) {
                next_.violation = changer == wreck ? wreck_touched : two_at_once;
            }
            changer = (what >> i & 1) != 0 ? bits(1 + int(entry_)) : changer;
        }
    }

    void leave_whole(std::uint8_t what) {
        for (std::size_t i = 0; i < next_.changing.size(); ++i) {
            std::uint8_t& changer = next_.changing[i];
            if ((what >> i & 1) != 0 && changer != 1 + entry_) {
                next_.violation = two_at_once;
            }
            changer = (what >> i & 1) != 0 ? std::uint8_t{0} : changer;
        }
    }

    void give_up_to(Goal goal) {
        me_.goal = goal;
        me_.at = release;
    }

    void let_go() {
        me_.lock = holds(r) ? r : s;
        if (is(Broken::wakes_before_releasing)) {
            me_.at = look_for_sleepers;
            return;
        }
        lock().word = 0;
        me_.holds = bits(me_.holds & ~(1 << me_.lock));
        me_.at = look_for_sleepers;
    }

    void unlock() { // only for wakes_before_releasing, after waking a sleeper
        lock().word = 0;
        me_.holds = bits(me_.holds & ~(1 << me_.lock));
        after_release();
    }

    void after_release() {
        if (me_.holds != 0) {
            me_.at = release;
        } else if (me_.goal == to_leave) {
            end();
        } else if (me_.goal == to_rebuild) {
            want(is(Broken::rebuilds_in_reverse) ? r : s);
        } else {
            begin();
        }
    }

    // The kernel wakes any one of the sleepers.
    void wake_somebody(const Emit& emit) {
        const auto lock = me_.lock;
        is(Broken::wakes_before_releasing) ? unlock() : after_release();
        bool woken = false;
        for (Process& process : next_.processes) {
            if (process.at == asleep && process.lock == lock) {
                process.at = is(Broken::reads_ticket_late) ? raise_flag : read_ticket;
                emit(Kind::step, next_);
                process.at = asleep;
                woken = true;
            }
        }
        if (!woken) {
            emit(Kind::step, next_);
        }
    }

    const TwoEnds& model_;
    State next_;
    std::size_t entry_;
    Process& me_;
};

TwoEnds::State TwoEnds::initial() const {
    State state{};
    for (std::size_t i = 0; i < most; ++i) {
        state.processes[i].at = done;
    }
    for (std::size_t i = 0; i < jobs_.size(); ++i) {
        Mover mover{*this, state, i};
        mover.begin();
        state = mover.state();
    }
    return state;
}

void TwoEnds::moves(const State& state, const Emit& emit) const {
    for (std::size_t i = 0; i < jobs_.size(); ++i) {
        Mover{*this, state, i}.take_step(emit);
        Mover{*this, state, i}.time_out(emit);
        Mover{*this, state, i}.leave(emit);
        Mover{*this, state, i}.meet_fate(emit);
    }
}

bool TwoEnds::finished(const State& state) const {
    return std::all_of(state.processes.begin(), state.processes.end(),
                       [](const Process& p) { return p.at == done || p.at == dead; });
}

std::string TwoEnds::text(const State& state) {
    constexpr std::array names{"acquire",    "read_ticket",
                               "raise_flag", "inspect",
                               "probe",      "take",
                               "take_over",  "set_needs_recovery",
                               "sleep",      "asleep",
                               "locked",     "change",
                               "changed",    "rebuild",
                               "rebuilt",    "clear_needs_recovery",
                               "release",    "look_for_sleepers",
                               "lower_flag", "change_ticket",
                               "wake",       "done",
                               "dead"};
    std::string text = state.needs_recovery ? "NEEDS_RECOVERY" : "";
    for (const Lock& lock : state.locks) {
        text += " [" + std::to_string(lock.word) + " flag " + std::to_string(lock.flag) + "]";
    }
    for (const Process& process : state.processes) {
        text += std::string{" | "} + names[process.at] + (process.lock == s ? " S" : " R");
    }
    return text;
}

} // namespace model
