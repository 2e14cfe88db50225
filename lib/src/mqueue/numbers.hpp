// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace crex::mqueue {

// What is known of the numbers of descriptors without asking the kernel.
//
// The kernel is asked once what a number stands for. The answer is remembered until the program
// does something that may change it: close(2), dup2(2) and similar calls, of which this library has
// its own versions. They report that here: in any thread, in a signal handler, and in a child of
// vfork(2), which shares its parent's memory. So there is no lock. Numbers share places; a change
// of another number costs a question to the kernel and nothing else.
class Numbers {
public:
    // How often what the number stands for may have changed. To remember an answer of the kernel,
    // read this before asking.
    [[nodiscard]] std::uint32_t changes(int number) const noexcept {
        return changes_[place(number)].load();
    }

    // To be called before the change, and again after it: an answer may come in between.
    void changed(int number) noexcept { changes_[place(number)].fetch_add(1); }
    void changed_from(unsigned first, unsigned last) noexcept;

    // To be called for a new number that may be a queue's.
    void made(int number) noexcept {
        changed(number);
        for (int seen = highest_; seen < number && !highest_.compare_exchange_weak(seen, number);) {
        }
    }
    // No number above this one can be a queue's.
    [[nodiscard]] int highest() const noexcept { return highest_; }

    // Notes that the number stands for no queue, as of that count of its changes.
    void note_stranger(int number, std::uint32_t changes) noexcept {
        strangers_[place(number)].store(word(number, changes));
    }
    [[nodiscard]] bool is_stranger(int number) const noexcept {
        return strangers_[place(number)].load() == word(number, changes(number));
    }

private:
    static constexpr std::size_t places = 1024;

    static std::size_t place(int number) { return static_cast<unsigned>(number) % places; }
    static std::uint64_t word(int number, std::uint32_t changes) {
        return (std::uint64_t{static_cast<unsigned>(number)} + 1) << 32 | changes;
    }

    std::array<std::atomic<std::uint32_t>, places> changes_{};
    std::array<std::atomic<std::uint64_t>, places> strangers_{};
    std::atomic<int> highest_{-1};
};

inline void Numbers::changed_from(unsigned first, unsigned last) noexcept {
    for (unsigned i = 0; i < places && i <= last - first; ++i) {
        changed(static_cast<int>(first + i));
    }
}

inline constinit Numbers numbers;

// Lives while a call of the program changes what a number stands for.
class Changing {
public:
    explicit Changing(int number) noexcept
        : Changing{static_cast<unsigned>(number), static_cast<unsigned>(number)} {}
    Changing(unsigned first, unsigned last) noexcept : first_{first}, last_{last} {
        numbers.changed_from(first_, last_);
    }
    ~Changing() { numbers.changed_from(first_, last_); }
    Changing(const Changing&) = delete;
    Changing& operator=(const Changing&) = delete;

private:
    unsigned first_;
    unsigned last_;
};

} // namespace crex::mqueue
