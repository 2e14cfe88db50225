// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <initializer_list>
#include <span>
#include <string_view>

#include <pthread.h>

#include "methods/message.hpp"

namespace bench {

inline constexpr unsigned participants_max = 512;
inline constexpr std::size_t figures_max = 5;

// How a measurement ended. The first error is reported.
enum class Ending : int { none, done, refused, wrong, failed };

// What the processes of one measurement share besides the queue, in memory that they inherit.
class SharedState {
public:
    // The number of processes that take part in meet().
    void expect(unsigned participants);

    // Returns when all of them have called it. It orders what they wrote before.
    void meet() { pthread_barrier_wait(&barrier_); }

    struct alignas(128) Part {
        std::int64_t start = 0;
        std::int64_t end = 0;
        Tally tally;
    };
    std::array<Part, participants_max> parts;
    std::atomic<unsigned> still_sending{0};
    std::atomic<bool> stopped{false};
    std::atomic<std::uint64_t> answered{0};

    void answer(std::span<const double> figures);
    void answer(std::initializer_list<double> figures) {
        answer(std::span{figures.begin(), figures.size()});
    }
    void note(std::string_view text) { copy(text, note_); }
    void fail(const std::exception& error) noexcept;
    void fail(Ending ending, std::string_view text) noexcept;

    [[nodiscard]] Ending ending() const { return ending_; }
    [[nodiscard]] std::span<const double> figures() const { return {figures_.data(), count_}; }
    [[nodiscard]] std::string_view note() const { return note_.data(); }
    [[nodiscard]] std::string_view error() const { return error_.data(); }

    // From the first start to the last end.
    [[nodiscard]] std::int64_t elapsed_ns() const;

private:
    using Text = std::array<char, 256>;
    static void copy(std::string_view from, Text& to) noexcept;

    pthread_barrier_t barrier_;
    unsigned participants_ = 0;
    std::atomic<Ending> ending_{Ending::none};
    std::array<double, figures_max> figures_{};
    std::size_t count_ = 0;
    Text note_{};
    Text error_{};
};

} // namespace bench
