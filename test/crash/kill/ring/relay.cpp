// SPDX-License-Identifier: BSL-1.0
#include "relay.hpp"

#include <array>
#include <chrono>
#include <iostream>
#include <new>
#include <thread>

#include <crex/crex.hpp>

#include "support/unique_name.hpp"

namespace crash {

using namespace std::chrono_literals;

namespace {

enum { producing, consuming };

constexpr crex::RingOptions small{.capacity = 1, .spin = 20};

void write_in_time(std::span<std::byte> room, const RecordName& name, bool is_unsafe,
                   crex::RingProducer& out) {
    if (is_unsafe && name.number % 64 == 0) {
        out.commit();
    }
    write(room, name);
}

} // namespace

Relay::Relay(UnsafeRole unsafe_role, unsigned seed)
    : unsafe_role_{unsafe_role}, book_{*new (pages_.bytes().data()) RelayBook},
      name_{test::unique_name()}, random_{seed} {
    const crex::Ring ring{name_, crex::O_CREX, small};
}

Relay::~Relay() {
    producer_.reset();
    consumer_.reset();
    crex::unlink_ring(name_);
}

// Each round commits between one and five records, one by one or together.
void Relay::produce() {
    crex::Ring ring{name_, 0, small};
    auto out = ring.producer();
    const std::uint64_t sender = book_.sender;
    auto& sent = book_.sent.at(sender);
    for (std::uint64_t number = 0;;) {
        const std::uint64_t count = 1 + number % 5;
        const std::uint64_t end = number + count;
        sent.perhaps = end;
        for (; number < end; ++number) {
            const RecordName name{sender, number};
            write_in_time(out.reserve(size_of(name)), name, unsafe_role_ == UnsafeRole::producer,
                          out);
            if (count == 2) {
                out.commit();
            }
        }
        out.commit();
        sent.certainly = end;
        ++book_.calls[producing];
    }
}

// A consumer that finds a fault stops.
void Relay::consume() {
    crex::Ring ring{name_, 0, small};
    auto in = ring.consumer();
    std::array<crex::RingConsumer::Record, 3> records;
    Taken taken = book_.certainly_taken;
    for (std::uint64_t call = 0;; ++call) {
        const std::size_t most = 1 + call % records.size();
        const std::size_t count = in.peek_many(std::span{records}.first(most));
        if (unsafe_role_ == UnsafeRole::consumer) {
            in.consume(count);
        }
        if (!look_at(std::span{records}.first(count), taken, call == 0)) {
            return;
        }
        book_.perhaps_taken = taken;
        if (unsafe_role_ != UnsafeRole::consumer) {
            in.consume(count);
        }
        book_.certainly_taken = taken;
        ++book_.calls[consuming];
    }
}

bool Relay::look_at(std::span<const crex::RingConsumer::Record> records, Taken& taken, bool first) {
    for (const auto record : records) {
        const auto name = read(record);
        if (!name) {
            ++book_.half_written;
            return false;
        }
        const bool is_next =
            may_follow(*name, taken) || (first && may_follow(*name, book_.perhaps_taken));
        if (!is_next) {
            complain_about(*name, taken);
            return false;
        }
        taken = {static_cast<std::uint32_t>(name->sender),
                 static_cast<std::uint32_t>(name->number + 1)};
        first = false;
    }
    return true;
}

// Whether this is the next record of its sender, or the first record of a later sender while no
// record of the earlier ones is missing.
bool Relay::may_follow(const RecordName& name, Taken taken) const {
    if (name.sender == taken.sender) {
        return name.number == taken.records;
    }
    bool is_complete = taken.records >= book_.sent.at(taken.sender).certainly;
    for (std::uint64_t between = taken.sender + 1; between < name.sender; ++between) {
        is_complete = is_complete && book_.sent.at(between).certainly == 0;
    }
    return name.sender > taken.sender && name.number == 0 && is_complete;
}

void Relay::complain_about(const RecordName& name, Taken taken) {
    const bool came_before =
        name.sender < taken.sender || (name.sender == taken.sender && name.number < taken.records);
    ++(came_before ? book_.duplicated : book_.lost);
}

void Relay::take_what_is_left() {
    auto in = crex::Ring{name_, 0, small}.consumer();
    Taken taken = book_.certainly_taken;
    for (bool first = true;; first = false) {
        const auto record = in.try_peek();
        if (!record) {
            break;
        }
        if (!look_at({&*record, 1}, taken, first)) {
            return;
        }
        in.consume();
    }
    if (!may_follow({book_.sender + 1, 0}, taken) &&
        !may_follow({book_.sender + 1, 0}, book_.perhaps_taken)) {
        ++book_.lost;
    }
}

std::size_t Relay::faults() const { return book_.lost + book_.duplicated + book_.half_written; }

bool Relay::both_get_on() {
    const std::array<std::uint64_t, 2> before{book_.calls[producing], book_.calls[consuming]};
    const auto until = std::chrono::steady_clock::now() + 10s;
    while (book_.calls[producing] < before[producing] + 2 ||
           book_.calls[consuming] < before[consuming] + 2) {
        if (std::chrono::steady_clock::now() > until) {
            return false;
        }
        std::this_thread::sleep_for(100us);
    }
    return true;
}

// After every hundredth kill, both roles must get on.
Figures Relay::kill(std::size_t kills) {
    Figures figures{"ring: random kills"};
    const auto start_producer = [&] { producer_.emplace([this] { produce(); }); };
    const auto start_consumer = [&] { consumer_.emplace([this] { consume(); }); };
    start_producer();
    start_consumer();
    while (figures.kills < kills && faults() == 0 && figures.hung == 0) {
        std::this_thread::sleep_for(std::chrono::microseconds{random_() % 1500});
        ++figures.kills;
        if (random_() % 2 == 0) {
            producer_->kill();
            ++book_.sender;
            start_producer();
        } else {
            consumer_->kill();
            start_consumer();
        }
        figures.hung += figures.kills % 100 == 0 && faults() == 0 && !both_get_on() ? 1 : 0;
    }
    producer_.reset();
    consumer_.reset();
    take_what_is_left();
    figures.lost = book_.lost;
    figures.duplicated = book_.duplicated;
    figures.other = book_.half_written;
    std::cout << figures.what << ": " << book_.calls[consuming] << " calls to consume" << std::endl;
    return figures;
}

} // namespace crash
