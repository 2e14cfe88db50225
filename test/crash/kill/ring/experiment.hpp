// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <crex/ring.hpp>

#include "crash/kill/harness/figures.hpp"
#include "crash/kill/harness/ledger.hpp"
#include "crash/kill/harness/servant.hpp"
#include "crash/kill/harness/trace.hpp"
#include "record.hpp"

namespace crash {

/// Where a consumer puts what it takes, in memory that outlives it: what it has taken and not put
/// there is lost.
struct Desk {
    std::array<std::array<std::byte, longest_record>, 8> records;
};

/// The process that is going to be killed. Records are numbered from the ring's first.
struct RingActor {
    crex::Ring ring;
    Desk& desk;
    std::uint64_t first; // record to be sent
    std::uint64_t next;
    std::array<std::array<std::byte, longest_record>, 4> prepared{};
    std::optional<crex::RingProducer> out{};
    std::optional<crex::RingConsumer> in{};

    /// The next record's bytes, put into `room`.
    void write_next(std::span<std::byte> room);
    [[nodiscard]] std::size_t size_of_next() const { return size_of({0, next}); }
    void put_on_desk(std::size_t place, std::span<const std::byte> record);
};

enum class Side { producer, consumer };

/// One operation in one situation.
struct RingScenario {
    std::string name;
    Side side = Side::producer;
    std::function<void(RingActor&)> operation;
    std::size_t records = 1; // that it puts in, or takes out
    bool at_once = false;    // all or none
    std::size_t before = 2;  // records that are in the ring when it begins
    bool has_role = true;    // when it begins
    bool other_sleeps = false;
    bool uncounted = false; // the last producer died before it had counted the last record
};

std::vector<RingScenario> ring_sending();
std::vector<RingScenario> ring_receiving();
std::vector<RingScenario> ring_roles();
std::vector<RingScenario> ring_waking();

/// Those who get it wrong, to be found out.
RingScenario publishes_before_writing();
RingScenario consumes_before_reading();
RingScenario sends_twice();

/// Kills an operation at its points, each time in a ring that has gone round several times; then
/// somebody takes over, and the stream is looked through.
class RingExperiment {
public:
    explicit RingExperiment(const RingScenario& scenario);

    Figures kill_at(std::size_t points);

private:
    using Stream = std::vector<RecordName>;

    void set_up();
    void clean_up();
    void act();
    RingActor actor();
    void pass_through(std::uint64_t count);
    void fall_asleep();
    Report wait_and_get_on(const Order& order);
    Report kill_at(const Route& route, bool sends_first);
    Report judged(bool sends_first);
    void go_on(bool sends_first);
    void hear_from_sleeper(Stream& got);
    void drain(Stream& got);
    std::size_t moved(Stream got) const;
    void check_desk(std::size_t taken) const;
    void fill_and_drain();

    const RingScenario& scenario_;
    SharedPages desk_{sizeof(Desk)};
    Servant other_; // who sleeps
    std::string name_;
    std::optional<crex::Ring> ring_; // of those who live
    std::uint64_t first_ = 0;        // record in the ring before the operation
    std::uint64_t end_ = 0;          // and behind the last
    std::size_t moved_ = 0;          // records, when it was killed last
    int slowest_ms_ = 0;
};

} // namespace crash
