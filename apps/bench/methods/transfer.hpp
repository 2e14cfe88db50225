// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include <crex/message_queue.hpp>

#include "methods/message.hpp"
#include "subjects/subject.hpp"

// The ways of messages into a queue and out of it. Each has send(), which may keep messages until
// flush(), and receive(), which shows its visitor one message or more.

namespace bench {

// How much of a message is written and read; see message.hpp.
enum class Touch { ends, everything };

inline std::uint64_t pattern_of(const Stamp& stamp) {
    return (stamp.sequence + 1) * 0x9e3779b97f4a7c15;
}

inline void fill(std::span<std::byte> body, const Stamp& stamp, Touch touch) {
    if (touch == Touch::everything) {
        const std::uint64_t word = pattern_of(stamp);
        for (std::size_t at = 0; at + sizeof word <= body.size(); at += sizeof word) {
            std::memcpy(&body[at], &word, sizeof word);
        }
    }
    write(body, stamp);
}

inline Stamp look_at(std::span<const std::byte> body, std::size_t size, Touch touch) {
    const Stamp stamp = read(body, size);
    if (touch == Touch::everything) {
        std::uint64_t different = 0;
        std::uint64_t word = 0;
        for (std::size_t at = sizeof stamp; at + 2 * sizeof word <= size; at += sizeof word) {
            std::memcpy(&word, &body[at], sizeof word);
            different |= word ^ pattern_of(stamp);
        }
        if (different != 0) {
            throw WrongResult{"a message with other bytes"};
        }
    }
    return stamp;
}

// One call a message, with a buffer on either side.
template <class Queue> class Copying {
public:
    Copying(Queue& queue, std::size_t size, Touch touch)
        : queue_{queue}, buffer_(size), touch_{touch} {}

    void send(const Stamp& stamp) {
        fill(buffer_, stamp, touch_);
        queue_.send(buffer_, stamp.priority);
    }

    void flush() {}

    template <class Visitor> void receive(Visitor visit) {
        const Arrival arrival = queue_.receive(buffer_);
        visit(look_at(std::span{buffer_}.first(arrival.size), buffer_.size(), touch_),
              arrival.priority);
    }

private:
    Queue& queue_;
    std::vector<std::byte> buffer_;
    Touch touch_;
};

inline constexpr std::size_t batch = 64;

// One call for 64 messages, if the subject has that.
template <class Queue> class Batching {
public:
    Batching(Queue& queue, std::size_t size) : queue_{queue}, size_{size}, buffer_(batch * size) {
        for (std::size_t index = 0; index < batch; ++index) {
            bodies_[index] = std::span{buffer_}.subspan(index * size, size);
        }
    }

    void send(const Stamp& stamp) {
        write(std::span{buffer_}.subspan(kept_ * size_, size_), stamp);
        if (++kept_ == batch) {
            flush();
        }
    }

    void flush() {
        (*queue_).send_many(std::span{bodies_}.first(kept_));
        kept_ = 0;
    }

    template <class Visitor> void receive(Visitor visit) {
        const std::size_t count = (*queue_).receive_many_into(buffer_, arrivals_);
        std::size_t at = 0;
        for (const crex::ReceivedMessage& arrival : std::span{arrivals_}.first(count)) {
            visit(read(std::span{buffer_}.subspan(at, arrival.size), size_), arrival.priority);
            at += arrival.size;
        }
    }

private:
    Queue& queue_;
    std::size_t size_;
    std::vector<std::byte> buffer_;
    std::array<std::span<const std::byte>, batch> bodies_;
    std::array<crex::ReceivedMessage, batch> arrivals_;
    std::size_t kept_ = 0;
};

// Written and read where the queue keeps it, if the subject has that.
template <class Queue> class Lending {
public:
    Lending(Queue& queue, std::size_t size, Touch touch)
        : queue_{queue}, size_{size}, touch_{touch} {}

    void send(const Stamp& stamp) {
        auto loan = (*queue_).loan(size_);
        fill(loan.bytes(), stamp, touch_);
        loan.send(stamp.priority);
    }

    void flush() {}

    template <class Visitor> void receive(Visitor visit) {
        auto lease = (*queue_).lease();
        visit(look_at(lease.bytes(), size_, touch_), lease.priority());
        lease.ack();
    }

private:
    Queue& queue_;
    std::size_t size_;
    Touch touch_;
};

// In place, but no process writes or reads the bytes, so that only the handing over is measured.
// The last message is known by its size.
template <class Queue> class Untouched {
public:
    Untouched(Queue& queue, std::size_t size) : queue_{queue}, size_{size} {}

    void send(const Stamp& stamp) { (*queue_).loan(stamp.last != 0 ? 1 : size_).send(0); }

    void flush() {}

    template <class Visitor> void receive(Visitor visit) {
        auto lease = (*queue_).lease();
        const bool last = lease.bytes().size() == 1;
        visit(Stamp{.sequence = last ? 0 : sequence_++, .last = last ? 1U : 0U}, 0);
        sequence_ = last ? 0 : sequence_;
        lease.ack();
    }

private:
    Queue& queue_;
    std::size_t size_;
    std::uint64_t sequence_ = 0;
};

} // namespace bench
