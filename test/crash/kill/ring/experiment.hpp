// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <crex/ring.hpp>

#include "crash/kill/harness/command_process.hpp"
#include "crash/kill/harness/figures.hpp"
#include "crash/kill/harness/ledger.hpp"
#include "crash/kill/harness/trace.hpp"
#include "record.hpp"

namespace crash {

/// A consumer puts its records here, in memory that outlives it. A record that it consumes without
/// putting it here is lost.
struct Desk {
    std::array<std::array<std::byte, longest_record>, 8> records;
};

/// The process that will be killed. Records are numbered from the first record of the ring.
struct RingActor {
    crex::Ring ring;
    Desk& desk;
    std::uint64_t first; // number of the next record to send
    std::uint64_t next;
    std::array<std::array<std::byte, longest_record>, 4> prepared{};
    std::optional<crex::RingProducer> out{};
    std::optional<crex::RingConsumer> in{};

    /// Writes the next record's bytes into `room`.
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
    std::size_t records = 1; // records that the operation sends or consumes
    bool at_once = false;    // all or none
    std::size_t before = 2;  // records in the ring when the operation begins
    bool has_role = true;    // when the operation begins
    bool other_sleeps = false;
    bool uncounted = false; // the last producer died before it had counted the last record
};

std::vector<RingScenario> ring_sending();
std::vector<RingScenario> ring_receiving();
std::vector<RingScenario> ring_roles();
std::vector<RingScenario> ring_waking();

/// Unsafe users, which the harness must detect.
RingScenario publishes_before_writing();
RingScenario consumes_before_reading();
RingScenario sends_twice();

/// Kills an operation at its points, each time in a ring that has gone round several times. Then
/// another process takes the role, and the stream is checked.
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
    Report wait_and_get_on(const Command& command);
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
    CommandProcess other_; // sleeps in the ring
    std::string name_;
    std::optional<crex::Ring> ring_; // of the survivors
    std::uint64_t first_ = 0;        // first record in the ring before the operation
    std::uint64_t end_ = 0;          // one past the last record
    std::size_t moved_ = 0;          // records moved by the last killed operation
    int slowest_ms_ = 0;
};

} // namespace crash
