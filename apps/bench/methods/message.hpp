// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <stdexcept>

// What is in a message, and what the receiver checks of it.
//
// Written and read are the first 16 bytes and, where there is room, the last 8: a Stamp, and its
// sequence again. The bytes between them are those of the sender's buffer. So copies are of whole
// messages, while of a message that is lent only the first and last cache line are touched, unless
// a scenario says otherwise.

namespace bench {

inline constexpr unsigned senders_max = 16;
inline constexpr unsigned priorities_max = 32;

// A message's data are wrong, or the message came too often, too late or not at all.
class WrongResult : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

struct Stamp {
    std::uint64_t sequence = 0;
    std::uint16_t sender = 0;
    std::uint16_t priority = 0;
    std::uint32_t last = 0; // whether the receiver may stop now
};

inline constexpr std::size_t message_size_min = sizeof(Stamp);

inline bool has_trailer(std::size_t size) {
    return size >= sizeof(Stamp) + sizeof(Stamp::sequence);
}

inline void write(std::span<std::byte> body, const Stamp& stamp) {
    std::memcpy(body.data(), &stamp, sizeof stamp);
    if (has_trailer(body.size())) {
        const auto trailer = body.last(sizeof stamp.sequence);
        std::memcpy(trailer.data(), &stamp.sequence, sizeof stamp.sequence);
    }
}

inline Stamp read(std::span<const std::byte> body, std::size_t size) {
    Stamp stamp;
    if (body.size() != size) {
        throw WrongResult{"a message of another size"};
    }
    std::memcpy(&stamp, body.data(), sizeof stamp);
    std::uint64_t again = stamp.sequence;
    if (has_trailer(size)) {
        std::memcpy(&again, body.last(sizeof again).data(), sizeof again);
    }
    if (again != stamp.sequence) {
        throw WrongResult{"a message whose end does not match its beginning"};
    }
    return stamp;
}

// What one receiver got. It is compared at the end with what all senders sent.
class Tally {
public:
    void add(const Stamp& stamp, unsigned priority) {
        if (stamp.priority != priority || stamp.sender >= senders_max ||
            priority >= priorities_max) {
            throw WrongResult{"a message with another priority or sender"};
        }
        std::uint64_t& next = next_[stamp.sender][priority];
        if (stamp.sequence < next) {
            throw WrongResult{"a message that came twice or too late"};
        }
        next = stamp.sequence + 1;
        ++count_;
        sum_ += stamp.sequence;
    }

    void add(const Tally& other) {
        count_ += other.count_;
        sum_ += other.sum_;
    }

    // Each of `senders` has sent the sequences from 0 to `count` - 1.
    void check(std::uint64_t senders, std::uint64_t count) const {
        if (count_ != senders * count || sum_ != senders * (count * (count - 1) / 2)) {
            throw WrongResult{"messages were lost or doubled"};
        }
    }

private:
    std::array<std::array<std::uint64_t, priorities_max>, senders_max> next_{};
    std::uint64_t count_ = 0;
    std::uint64_t sum_ = 0;
};

} // namespace bench
