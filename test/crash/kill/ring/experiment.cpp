// SPDX-License-Identifier: BSL-1.0
#include "experiment.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <fstream>
#include <sstream>
#include <thread>

#include <crex/crex.hpp>

#include "crash/kill/harness/stepper.hpp"
#include "support/process.hpp"
#include "support/unique_name.hpp"

namespace crash {

using namespace std::chrono_literals;

namespace {

constexpr auto patience = 5s;
constexpr std::uint64_t to_go_round = 150; // records, for the bytes and for the marks
constexpr crex::RingOptions small{.capacity = 1, .spin = 0};

// The senders besides sender 0, whose records are sent before and by the operation.
constexpr std::uint64_t successor = 1;
constexpr std::uint64_t filler = 2;
constexpr std::size_t from_successor = 3;

std::string path_of(const std::string& name) { return "/dev/shm/crex-ring." + name.substr(1); }

// Makes the ring look as if the last producer had died between its last two stores.
void count_one_less(const std::string& name) {
    constexpr std::streamoff tail = 20480 + 128; // lib/LAYOUT.md
    std::fstream file{path_of(name), std::ios::in | std::ios::out | std::ios::binary};
    std::uint64_t count = 0;
    file.seekg(tail).read(reinterpret_cast<char*>(&count), sizeof count);
    --count;
    file.seekp(tail).write(reinterpret_cast<const char*>(&count), sizeof count);
}

std::string text(const RecordName& name) {
    return "record " + std::to_string(name.number) + " of " + std::to_string(name.sender);
}

// Throws Complaint, unless these bytes are a whole record.
RecordName name_of(std::span<const std::byte> record) {
    const auto name = read(record);
    if (!name) {
        throw Complaint{Fault::other, "a record that is not whole"};
    }
    return *name;
}

bool send_if_room(crex::RingProducer& out, const RecordName& name) {
    const auto room = out.try_reserve(size_of(name));
    if (room) {
        write(*room, name);
        out.commit();
    }
    return room.has_value();
}

std::size_t fill(crex::RingProducer& out, RecordName name) {
    const std::uint64_t first = name.number;
    while (send_if_room(out, name)) {
        ++name.number;
    }
    return name.number - first;
}

// Throws Complaint.
void expect_consecutive(const std::vector<RecordName>& got, RecordName wanted) {
    for (const auto& name : got) {
        if (name != wanted) {
            throw Complaint{name.number > wanted.number ? Fault::lost : Fault::duplicated,
                            text(name) + " came instead of " + text(wanted)};
        }
        ++wanted.number;
    }
}

} // namespace

// The bytes were made before the operation, which is long enough without that.
void RingActor::write_next(std::span<std::byte> room) {
    std::memcpy(room.data(), prepared.at(next++ - first).data(), room.size());
}

void RingActor::put_on_desk(std::size_t place, std::span<const std::byte> record) {
    std::copy(record.begin(), record.end(), desk.records.at(place).begin());
}

RingExperiment::RingExperiment(const RingScenario& scenario)
    : scenario_{scenario}, other_{[this](const Command& command) {
          return wait_and_get_on(command);
      }} {
    set_up();
    if (!scenario.other_sleeps) { // one-time work is done here
        RingActor rehearsing = actor();
        scenario.operation(rehearsing);
    }
    clean_up();
}

void RingExperiment::clean_up() {
    other_.dismiss();
    ring_->unlink();
}

RingActor RingExperiment::actor() {
    RingActor actor{crex::Ring{name_, 0, small}, *reinterpret_cast<Desk*>(desk_.bytes().data()),
                    end_, end_};
    for (std::size_t i = 0; i < actor.prepared.size(); ++i) {
        const RecordName name{0, end_ + i};
        write(std::span{actor.prepared[i]}.first(size_of(name)), name);
    }
    if (scenario_.has_role && scenario_.side == Side::producer) {
        actor.out = actor.ring.producer();
    } else if (scenario_.has_role) {
        actor.in = actor.ring.consumer();
    }
    return actor;
}

void RingExperiment::set_up() {
    name_ = test::unique_name();
    ring_.emplace(name_, crex::O_CREX, small);
    end_ = 0;
    pass_through(to_go_round);
    first_ = end_;
    for (auto out = ring_->producer(); end_ < first_ + scenario_.before; ++end_) {
        (void)send_if_room(out, {0, end_});
    }
    if (scenario_.uncounted) {
        count_one_less(name_);
    }
    std::fill(desk_.bytes().begin(), desk_.bytes().end(), std::byte{});
    if (scenario_.other_sleeps) {
        fall_asleep();
    }
}

void RingExperiment::pass_through(std::uint64_t count) {
    auto out = ring_->producer();
    auto in = ring_->consumer();
    for (; end_ < count; ++end_) {
        (void)send_if_room(out, {0, end_});
        (void)in.peek();
        in.consume();
    }
}

// A consumer falls asleep at once, a producer when it has filled the ring.
void RingExperiment::fall_asleep() {
    other_.tell(command(0, static_cast<int>(end_), name_));
    while (!(scenario_.side == Side::producer ? ring_->has_consumer() : ring_->has_producer())) {
        std::this_thread::sleep_for(100us);
    }
    test::wait_until_asleep(other_.pid());
    end_ += ring_->current_records();
}

// Returns the result of the wait.
Report RingExperiment::wait_and_get_on(const Command& command) {
    crex::Ring ring{command.name.data(), 0, small};
    if (scenario_.side == Side::producer) {
        const std::string record = ring.consumer().receive();
        const RecordName name = name_of(std::as_bytes(std::span{record}));
        return report(Fault::none, std::to_string(name.sender) + " " + std::to_string(name.number));
    }
    auto out = ring.producer();
    const auto first = static_cast<std::uint64_t>(command.argument);
    const RecordName last{0, first + fill(out, {0, first})};
    write(out.reserve(size_of(last)), last);
    out.commit();
    return report(Fault::none, "sent");
}

void RingExperiment::act() {
    RingActor acting = actor();
    operation_begins();
    scenario_.operation(acting);
    operation_ends();
}

void RingExperiment::drain(Stream& got) {
    auto in = ring_->consumer();
    while (const auto record = in.try_peek()) {
        got.push_back(name_of(*record));
        in.consume();
    }
}

void RingExperiment::hear_from_sleeper(Stream& got) {
    const auto began = std::chrono::steady_clock::now();
    const Report answer = other_.answer(patience);
    slowest_ms_ = static_cast<int>((std::chrono::steady_clock::now() - began) / 1ms);
    if (answer.fault != Fault::none) {
        throw Complaint{answer.fault, answer.text.data()};
    }
    if (scenario_.side == Side::producer) {
        RecordName name;
        std::istringstream{answer.text.data()} >> name.sender >> name.number;
        got.push_back(name);
    }
}

// The new role sends a few records, before or after the remaining ones are taken out.
void RingExperiment::go_on(bool sends_first) {
    Stream got;
    const bool consumer_sleeps = scenario_.other_sleeps && scenario_.side == Side::producer;
    const bool producer_sleeps = scenario_.other_sleeps && scenario_.side == Side::consumer;
    if (!sends_first && !consumer_sleeps) {
        drain(got);
    }
    if (producer_sleeps) {
        sends_first ? drain(got) : void();
        hear_from_sleeper(got);
    }
    {
        auto out = ring_->producer();
        for (std::uint64_t i = 0; i < from_successor; ++i) {
            const RecordName name{successor, i};
            write(out.reserve(size_of(name), patience), name);
            out.commit();
        }
    }
    if (consumer_sleeps) {
        hear_from_sleeper(got);
    }
    drain(got);
    const std::size_t now = moved(std::move(got));
    if (now < moved_) {
        throw Complaint{Fault::other, "what was done once is undone"};
    }
    moved_ = now;
}

// The number of records that the operation has sent or consumed, computed from the ring's contents.
std::size_t RingExperiment::moved(Stream got) const {
    if (got.size() < from_successor) {
        throw Complaint{Fault::lost, "what was sent since is gone"};
    }
    const auto since = got.end() - static_cast<std::ptrdiff_t>(from_successor);
    expect_consecutive({since, got.end()}, {successor, 0});
    got.erase(since, got.end());
    if (scenario_.side == Side::producer) {
        expect_consecutive(got, {0, first_});
        const std::uint64_t end = first_ + got.size();
        if (end < end_ || end > end_ + scenario_.records) {
            throw Complaint{Fault::lost, "they end before " + text({0, end})};
        }
        return end - end_;
    }
    const std::uint64_t end = end_ + (scenario_.other_sleeps ? 1 : 0);
    const std::uint64_t first = end - got.size();
    expect_consecutive(got, {0, first});
    if (first < first_ || first > first_ + scenario_.records) {
        throw Complaint{Fault::lost, "they begin with " + text({0, first})};
    }
    check_desk(first - first_);
    return first - first_;
}

// Records that a consumer has consumed must be on its desk.
void RingExperiment::check_desk(std::size_t taken) const {
    const auto& desk = *reinterpret_cast<const Desk*>(desk_.bytes().data());
    for (std::size_t i = 0; i < taken; ++i) {
        const RecordName wanted{0, first_ + i};
        if (read(std::span{desk.records.at(i)}.first(size_of(wanted))) != wanted) {
            throw Complaint{Fault::lost, text(wanted) + " is gone, and nobody has it"};
        }
    }
}

// The ring still has its whole capacity.
void RingExperiment::fill_and_drain() {
    auto out = ring_->producer();
    const std::size_t sent = fill(out, {filler, 0});
    Stream got;
    drain(got);
    expect_consecutive(got, {filler, 0});
    constexpr std::size_t at_least = 4096 / (longest_record + 16) - 1;
    if (got.size() != sent || sent < at_least) {
        throw Complaint{Fault::lost, "there is room for only " + std::to_string(got.size())};
    }
}

Report RingExperiment::judged(bool sends_first) {
    slowest_ms_ = 0;
    try {
        go_on(sends_first);
        fill_and_drain();
        return report(Fault::none, {}, slowest_ms_);
    } catch (const Complaint& problem) {
        return report(problem.fault, problem.what());
    } catch (const crex::BusyError& error) {
        return report(Fault::hung, error.what());
    } catch (const std::exception& error) {
        return report(Fault::other, error.what());
    }
}

Report RingExperiment::kill_at(const Route& route, bool sends_first) {
    set_up();
    {
        const OnOneProcessor together;
        Stepper actor{[this] { act(); }};
        bring(actor, route);
    }
    const Report report = judged(sends_first);
    clean_up();
    return report;
}

Figures RingExperiment::kill_at(std::size_t points) {
    set_up();
    std::optional<Trace> trace;
    {
        const OnOneProcessor together;
        Stepper actor{[this] { act(); }};
        trace.emplace(actor, path_of(name_));
    }
    clean_up();
    Figures figures{scenario_.name};
    figures.states = trace->distinct().size();
    for (const bool sends_first : {false, true}) {
        moved_ = 0;
        for (const std::size_t point : some(trace->all(), points)) {
            figures.note(kill_at(trace->route_to(point), sends_first),
                         "point " + std::to_string(point));
        }
        const std::size_t end = trace->points() - 1;
        figures.note(kill_at(trace->route_to(end), sends_first), "the end");
        if (moved_ != scenario_.records) {
            figures.blame(report(Fault::lost, "not all was done"), "the end");
        }
    }
    return figures;
}

} // namespace crash
