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

// Walks every state that a small model of a protocol can get into, each process taking its steps
// in every order.
//
// A model has a State, a plain one without padding, which holds `deaths` and `births` (how many
// there have been) and `violation` (an enumerator, 0 for none), and three functions: initial();
// moves(state, emit), which calls emit(kind, next) for all that can happen next; finished(state).

namespace model {

enum class Kind {
    step,    // what a living process does next
    timeout, // a sleeper's re-check comes round
    leave,   // a waiter's deadline has passed
    death,
    birth,
};

struct Limits {
    int deaths = 0;
    bool timeouts = false; // at any moment, however early
    bool leaving = false;  // likewise
    int births = 0;        // of processes in a dead one's place
};

struct Verdict {
    std::size_t states = 0;
    int violation = 0;             // the first one met
    std::vector<std::string> path; // what led to it, or to the first state that cannot be left
    bool stuck = false;            // somebody waits for ever
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
            settle(i);
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

    // The number of a state; a new one is entered as having been reached from `from`.
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

    // What the living do next when nobody dies any more and time-outs are slow: sleepers are woken
    // by a time-out only when nothing else moves, and then all of them, for a period has passed.
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

    // Follows the living from here to the end, depth first, counting periods. A state met again on
    // its own way, or one that nothing leaves, means that somebody waits for ever.
    void settle(std::size_t number) {
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
