// SPDX-License-Identifier: BSL-1.0
#include "worker.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <vector>

#include <unistd.h>

#include <crex/crex.hpp>

namespace crash {

namespace {

class Worker {
public:
    Worker(const WorkerContext& context, std::size_t number, Record& record)
        : context_{context}, number_{number}, record_{record}, queue_{context.subject.open(
                                                                   context.name)} {}

    void send() {
        const Tag tag = next();
        const Item item{body(tag), priority(tag)};
        timed([&] { queue_->send(item); });
        context_.ledger.was_sent(tag);
    }

    void lend() {
        const Tag tag = next();
        timed([&] {
            auto loan = queue_->crex()->loan(context_.message_size);
            std::memcpy(loan.bytes().data(), &tag, sizeof tag);
            loan.send(priority(tag));
        });
        context_.ledger.was_sent(tag);
    }

    void send_many() {
        std::vector<Tag> tags;
        std::vector<std::string> bodies;
        for (std::size_t i = 0; i < batch; ++i) {
            tags.push_back(next());
            bodies.push_back(body(tags.back()));
        }
        const std::vector<std::string_view> views{bodies.begin(), bodies.end()};
        timed([&] { (void)queue_->crex()->send_many(views, {}, priority(tags.front())); });
        for (const auto& each : tags) {
            context_.ledger.was_sent(each);
        }
    }

    void receive() {
        timed([&] { (void)queue_->receive_into(record_.buffer); });
        consume(record_.buffer);
    }

    void receive_many() {
        std::array<crex::ReceivedMessage, batch> received{};
        std::size_t count = 0;
        timed([&] { count = queue_->crex()->receive_many_into(record_.buffer, received); });
        std::span<const std::byte> rest{record_.buffer};
        for (std::size_t i = 0; i < count; ++i) {
            consume(rest.first(received[i].size));
            rest = rest.subspan(received[i].size);
        }
    }

    // Some leases are given back.
    void lease() {
        timed([&] {
            auto lease = queue_->crex()->lease();
            const auto tag = tag_in(lease.bytes());
            if (!tag) {
                ++record_.invented;
                return;
            }
            context_.ledger.was_leased(*tag);
            if (tag->sequence % 16 == record_.calls % 16) {
                lease.nack();
                return;
            }
            record_.acknowledged = *tag;
            record_.acknowledging = true;
            lease.ack();
            if (!context_.ledger.was_consumed(*tag)) {
                ++record_.duplicates;
            }
            record_.acknowledging = false;
        });
    }

private:
    Tag next() {
        const std::uint64_t sequence = record_.next++;
        while (sequence >= Ledger::messages_each) {
            pause(); // the ledger is full
        }
        return tag(number_, sequence);
    }

    [[nodiscard]] std::string body(const Tag& tag) const {
        std::string text(context_.message_size, '#');
        std::memcpy(text.data(), &tag, sizeof tag);
        return text;
    }

    [[nodiscard]] unsigned priority(const Tag& tag) const {
        return static_cast<unsigned>(tag.check % context_.priorities);
    }

    void consume(std::span<const std::byte> bytes) {
        const auto tag = tag_in(bytes);
        if (!tag) {
            ++record_.invented;
            return;
        }
        if (!context_.ledger.was_consumed(*tag)) {
            ++record_.duplicates;
        }
        auto& latest = record_.latest[tag->sender];
        if (context_.priorities == 1 && tag->sequence + 1 <= latest) {
            ++record_.late;
        }
        latest = std::max(latest, tag->sequence + 1);
    }

    template <class Body> void timed(Body&& body) {
        const auto begin = std::chrono::steady_clock::now();
        body();
        const auto took = std::chrono::steady_clock::now() - begin;
        record_.slowest_ms =
            std::max(record_.slowest_ms.load(), static_cast<int>(took / milliseconds{1}));
        ++record_.calls;
    }

    const WorkerContext& context_;
    std::size_t number_;
    Record& record_;
    std::unique_ptr<Queue> queue_;
};

} // namespace

void work(const WorkerContext& context, Job job, std::size_t number, Record& record) {
    Worker worker{context, number, record};
    constexpr std::array calls{&Worker::send,    &Worker::lend,  &Worker::send_many,
                               &Worker::receive, &Worker::lease, &Worker::receive_many};
    for (;;) {
        (worker.*calls[static_cast<std::size_t>(job)])();
    }
}

// Messages of a batch lie one after the other. Bytes of earlier calls may follow them: those
// messages have been consumed, so noting them again does no harm.
void note_what_was_in_hand(Ledger& ledger, Record& record) {
    constexpr std::size_t alignment = 8;
    for (std::size_t at = 0; at + sizeof(Tag) <= 4096; at += alignment) {
        if (const auto tag = tag_in(std::span{record.buffer}.subspan(at))) {
            ledger.may_be_consumed(*tag);
        }
    }
    if (record.acknowledging) {
        ledger.may_be_consumed(record.acknowledged);
        record.acknowledging = false;
    }
}

} // namespace crash
