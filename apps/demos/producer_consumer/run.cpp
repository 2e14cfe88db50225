// SPDX-License-Identifier: BSL-1.0
#include "producer_consumer/run.hpp"

#include <algorithm>
#include <chrono>
#include <vector>

#include "common/signals.hpp"
#include "producer_consumer/buffer.hpp"
#include "producer_consumer/item.hpp"
#include "producer_consumer/progress.hpp"
#include "producer_consumer/worker_processes.hpp"

namespace demo {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

void produce(Ledger& ledger, ProducerEnd& producer_end, std::size_t size) {
    std::vector<std::byte> item(size);
    while (const auto number = ledger.claim()) {
        make_item(item, *number);
        producer_end.put(item);
        ledger.note_sent(*number);
    }
}

void consume(Ledger& ledger, ConsumerEnd& consumer_end) {
    const ConsumerEnd::Use note = [&](std::span<const std::byte> item, bool again) {
        if (const auto number = number_of(item)) {
            ledger.note_consumed(*number, again);
        } else {
            ledger.note_damaged();
        }
    };
    while (consumer_end.take(note)) {
    }
}

// Tells when the next process is to be killed.
class Schedule {
public:
    explicit Schedule(std::optional<std::chrono::nanoseconds> every) : every_{every} {}

    bool is_due() {
        if (!every_ || Clock::now() < next_) {
            return false;
        }
        next_ = Clock::now() + *every_;
        return true;
    }

private:
    std::optional<std::chrono::nanoseconds> every_;
    Clock::time_point next_ = Clock::now() + every_.value_or(0ns);
};

class Run {
public:
    Run(const Method& method, const Options& options)
        : way_{method}, options_{options}, ledger_{options.items},
          buffer_{make_buffer(method, options.size_for(method), ledger_)},
          workers_{!method.why_not_kill().has_value()} {}

    Result to_the_end() {
        const auto start = Clock::now();
        start_everybody();
        watch();
        const std::chrono::duration<double> taken = Clock::now() - start;
        return {way_, ledger_.account(allowance()),
                workers_.killed(Role::producer) + workers_.killed(Role::consumer), taken.count()};
    }

private:
    void start_everybody() {
        for (unsigned each = 0; each < options_.size.producers; ++each) {
            workers_.start(Role::producer, [this, each] {
                produce(ledger_, *buffer_->producer_end(each), options_.size.item);
            });
        }
        for (unsigned each = 0; each < options_.size.consumers; ++each) {
            workers_.start(Role::consumer,
                           [this, each] { consume(ledger_, *buffer_->consumer_end(each)); });
        }
    }

    void watch() {
        Progress progress{way_, options_.items, options_.quiet};
        Schedule kills{options_.kill_every};
        while (workers_.at_work() > 0) {
            throw_if_interrupted();
            workers_.look_after(
                std::min<std::chrono::nanoseconds>(options_.kill_every.value_or(20ms), 20ms));
            end_when_all_is_sent();
            if (kills.is_due()) {
                workers_.kill_somebody();
            }
            progress.show(ledger_.claimed());
        }
    }

    void end_when_all_is_sent() {
        if (!ledger_.has_ended() && workers_.at_work(Role::producer) == 0) {
            ledger_.end();
            buffer_->end();
        }
    }

    // Each killed process was working on one item.
    [[nodiscard]] Allowance allowance() const {
        const unsigned consumers = workers_.killed(Role::consumer);
        return {.unfinished = workers_.killed(Role::producer),
                .taken = way_.taken_goes_with_taker() ? consumers : 0,
                .again = way_.taken_goes_with_taker() ? 0 : consumers};
    }

    Method way_;
    const Options& options_;
    Ledger ledger_;
    std::unique_ptr<Buffer> buffer_;
    WorkerProcesses workers_;
};

} // namespace

Result run(const Method& method, const Options& options) {
    return Run{method, options}.to_the_end();
}

} // namespace demo
