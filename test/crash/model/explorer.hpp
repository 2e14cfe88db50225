// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

// Visits every state that a small model of a protocol can reach, with the steps of its processes in
// every order.
//
// A model has a State, a plain type without padding. It holds `deaths` and `births` (the numbers of
// both so far) and `violation` (an enumerator, 0 for none). The model has three functions:
// initial(); moves(state, emit), which calls emit(kind, next) for each possible next state;
// finished(state).

namespace model {

enum class Kind {
    step,    // the next step of a living process
    timeout, // the re-check of a sleeper is due
    leave,   // a waiter's deadline has passed
    death,
    birth,
};

struct Limits {
    int deaths = 0;
    bool timeouts = false; // at any moment, however early
    bool leaving = false;  // at any moment, however early
    int births = 0;        // of new processes in the place of dead ones
};

struct Verdict {
    std::size_t states = 0;
    int violation = 0;             // the first one met
    std::vector<std::string> path; // the states up to it, or to the first that cannot be left
    bool stuck = false;            // a process waits forever
    int periods = 0;               // the most re-check periods needed after the last death

    [[nodiscard]] bool holds() const { return violation == 0 && !stuck; }
};

template <class Model> class Explorer {
public:
    using State = typename Model::State;
    static_assert(std::has_unique_object_representations_v<State>);

    Explorer(const Model& model, Limits limits) : model_{model}, limits_{limits} {}

    Verdict run() {
        find(model_.initial(), 0);
        for (std::size_t i = 0; i < states_.size() && verdict_.violation == 0; ++i) {
            visit(i);
        }
        for (std::size_t i = 0; i < states_.size() && verdict_.holds(); ++i) {
            count_periods(i);
        }
        verdict_.states = states_.size();
        return verdict_;
    }

private:
    struct Hash {
        std::size_t operator()(const State& state) const noexcept {
            const auto* const bytes = reinterpret_cast<const unsigned char*>(&state);
            std::uint64_t hash = 14695981039346656037U; // FNV-1a
            for (std::size_t i = 0; i < sizeof state; ++i) {
                hash = (hash ^ bytes[i]) * 1099511628211U;
            }
            return hash;
        }
    };

    struct Frame {
        std::size_t state;
        std::vector<std::size_t> next;
        bool after_timeout;
    };

    static constexpr int unknown = -1;
    static constexpr int in_progress = -2;

    bool allows(Kind kind, const State& next) const {
        return kind == Kind::step || (kind == Kind::timeout && limits_.timeouts) ||
               (kind == Kind::leave && limits_.leaving) ||
               (kind == Kind::birth && next.births <= limits_.births) ||
               (kind == Kind::death && next.deaths <= limits_.deaths);
    }

    // The number of a state. A new state is recorded as reached from `from`.
    std::size_t find(const State& state, std::size_t from) {
        const auto [place, is_new] = numbers_.try_emplace(state, states_.size());
        if (is_new) {
            states_.push_back(state);
            reached_from_.push_back(from);
            periods_.push_back(unknown);
        }
        return place->second;
    }

    void visit(std::size_t number) {
        const State state = states_[number];
        model_.moves(state, [&](Kind kind, const State& next) {
            if (!allows(kind, next)) {
                return;
            }
            const std::size_t there = find(next, number);
            if (next.violation != 0 && verdict_.violation == 0) {
                verdict_.violation = next.violation;
                tell(there);
            }
        });
    }

    // The next states when no process dies any more and timeouts are slow: a timeout wakes sleepers
    // only when no other process can move, and then all of them, since a period has passed.
    Frame frame_of(std::size_t number) {
        Frame frame{number, {}, false};
        const State& state = states_[number];
        if (model_.finished(state)) {
            return frame;
        }
        model_.moves(state, [&](Kind kind, const State& next) {
            if (kind == Kind::step) {
                frame.next.push_back(numbers_.at(next));
            }
        });
        if (frame.next.empty() && limits_.timeouts) {
            frame.after_timeout = true;
            frame.next.push_back(numbers_.at(after_a_period(state)));
        }
        return frame;
    }

    State after_a_period(State state) const {
        for (bool more = true; more;) {
            more = false;
            State later = state;
            model_.moves(state, [&](Kind kind, const State& next) {
                if (kind == Kind::timeout) {
                    more = true;
                    later = next;
                }
            });
            state = later;
        }
        return state;
    }

    // Follows the survivors from here to the end, depth first, and counts periods. A state that
    // leads back to itself, or that has no next state, means that a process waits forever.
    void count_periods(std::size_t number) {
        if (periods_[number] != unknown) {
            return;
        }
        std::vector<Frame> stack;
        const auto enter = [&](std::size_t state) {
            periods_[state] = in_progress;
            stack.push_back(frame_of(state));
            if (stack.back().next.empty() && !model_.finished(states_[state])) {
                verdict_.stuck = true;
                tell(state);
            }
        };
        std::vector<int> worst{0};
        enter(number);
        while (!stack.empty() && !verdict_.stuck) {
            Frame& frame = stack.back();
            if (frame.next.empty()) {
                const int all = worst.back();
                periods_[frame.state] = all;
                verdict_.periods = std::max(verdict_.periods, all);
                stack.pop_back();
                worst.pop_back();
                if (!stack.empty()) {
                    worst.back() = std::max(worst.back(), all + stack.back().after_timeout);
                }
                continue;
            }
            const std::size_t next = frame.next.back();
            frame.next.pop_back();
            if (periods_[next] == unknown) {
                worst.push_back(0);
                enter(next);
            } else if (periods_[next] == in_progress) {
                verdict_.stuck = true;
                tell(next);
            } else {
                worst.back() = std::max(worst.back(), periods_[next] + frame.after_timeout);
            }
        }
    }

    void tell(std::size_t number) {
        for (; number != 0; number = reached_from_[number]) {
            verdict_.path.push_back(model_.text(states_[number]));
        }
        std::reverse(verdict_.path.begin(), verdict_.path.end());
    }

    const Model& model_;
    Limits limits_;
    Verdict verdict_;
    std::vector<State> states_;
    std::vector<std::size_t> reached_from_;
    std::vector<int> periods_;
    std::unordered_map<State, std::size_t, Hash> numbers_;
};

template <class Model> Verdict explore(const Model& model, Limits limits) {
    return Explorer<Model>{model, limits}.run();
}

} // namespace model
