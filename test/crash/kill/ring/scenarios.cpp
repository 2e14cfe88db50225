// SPDX-License-Identifier: BSL-1.0
#include "experiment.hpp"

namespace crash {

namespace {

using Record = crex::RingConsumer::Record;

void send(RingActor& actor) {
    std::array<std::byte, longest_record> bytes{};
    const auto record = std::span{bytes}.first(actor.size_of_next());
    actor.write_next(record);
    actor.out->send(record);
}

void reserve(RingActor& actor) { actor.write_next(actor.out->reserve(actor.size_of_next())); }

void reserve_and_commit(RingActor& actor) {
    reserve(actor);
    actor.out->commit();
}

void commit_three(RingActor& actor) {
    reserve(actor);
    reserve(actor);
    reserve(actor);
    actor.out->commit();
}

void shrink_and_commit(RingActor& actor) {
    const auto room = actor.out->reserve(longest_record);
    const std::size_t size = actor.size_of_next();
    actor.write_next(room.first(size));
    actor.out->shrink(size);
    actor.out->commit();
}

// More records are cancelled than committed, so that the cancelled ones reach beyond the committed
// ones.
void cancel_and_commit(RingActor& actor) {
    const std::uint64_t first = actor.next;
    reserve(actor);
    reserve(actor);
    reserve(actor);
    actor.out->cancel();
    actor.next = first;
    reserve_and_commit(actor);
}

void receive(RingActor& actor) { actor.in->receive_into(actor.desk.records[0]); }

void peek_and_consume(RingActor& actor) {
    actor.put_on_desk(0, actor.in->peek());
    actor.in->consume();
}

void consume_three(RingActor& actor) {
    std::array<Record, 4> records;
    const std::size_t count = std::min<std::size_t>(actor.in->peek_many(records), 3);
    for (std::size_t i = 0; i < count; ++i) {
        actor.put_on_desk(i, records.at(i));
    }
    actor.in->consume(count);
}

void take_producer(RingActor& actor) { actor.out = actor.ring.producer(); }
void take_consumer(RingActor& actor) { actor.in = actor.ring.consumer(); }

void reserve_and_close(RingActor& actor) {
    reserve(actor);
    actor.out->close();
}

void peek_and_close(RingActor& actor) {
    (void)actor.in->peek();
    actor.in->close();
}

} // namespace

std::vector<RingScenario> ring_sending() {
    return {{.name = "ring: send", .operation = send},
            {.name = "ring: send into an empty one", .operation = send, .before = 0},
            {.name = "ring: two sends",
             .operation = [](RingActor& actor) { send(actor), send(actor); },
             .records = 2},
            {.name = "ring: reserve, commit", .operation = reserve_and_commit},
            {.name = "ring: three reserved, one commit",
             .operation = commit_three,
             .records = 3,
             .at_once = true},
            {.name = "ring: reserve, shrink, commit", .operation = shrink_and_commit},
            {.name = "ring: three cancelled, one committed", .operation = cancel_and_commit}};
}

std::vector<RingScenario> ring_receiving() {
    return {{.name = "ring: receive", .side = Side::consumer, .operation = receive},
            {.name = "ring: receive the last one",
             .side = Side::consumer,
             .operation = receive,
             .before = 1},
            {.name = "ring: peek, consume", .side = Side::consumer, .operation = peek_and_consume},
            {.name = "ring: three peeked, one consume",
             .side = Side::consumer,
             .operation = consume_three,
             .records = 3,
             .at_once = true,
             .before = 5}};
}

std::vector<RingScenario> ring_roles() {
    return {
        {.name = "ring: becoming the producer",
         .operation = take_producer,
         .records = 0,
         .has_role = false},
        {.name = "ring: becoming the producer after one that had not counted",
         .operation = take_producer,
         .records = 0,
         .has_role = false,
         .uncounted = true},
        {.name = "ring: becoming the consumer",
         .side = Side::consumer,
         .operation = take_consumer,
         .records = 0,
         .has_role = false},
        {.name = "ring: reserve, close", .operation = reserve_and_close, .records = 0},
        {.name = "ring: peek, close",
         .side = Side::consumer,
         .operation = peek_and_close,
         .records = 0},
    };
}

std::vector<RingScenario> ring_waking() {
    return {{.name = "ring: send while the consumer sleeps",
             .operation = send,
             .before = 0,
             .other_sleeps = true},
            {.name = "ring: receive while the producer sleeps",
             .side = Side::consumer,
             .operation = receive,
             .before = 0, // the operation fills the ring
             .other_sleeps = true}};
}

RingScenario publishes_before_writing() {
    return {.name = "ring: commit, then write", .operation = [](RingActor& actor) {
                const auto room = actor.out->reserve(actor.size_of_next());
                actor.out->commit();
                write(room, {0, actor.next}); // writing takes a while
            }};
}

RingScenario consumes_before_reading() {
    return {.name = "ring: consume, then read",
            .side = Side::consumer,
            .operation = [](RingActor& actor) {
                const auto record = actor.in->peek();
                actor.in->consume();
                actor.put_on_desk(0, record);
            }};
}

RingScenario sends_twice() {
    return {.name = "ring: send twice", .operation = [](RingActor& actor) {
                const std::uint64_t number = actor.next;
                send(actor);
                actor.next = number;
                send(actor);
            }};
}

} // namespace crash
