// SPDX-License-Identifier: BSL-1.0
#include "producer_consumer/run.hpp"

#include <algorithm>
#include <chrono>
#include <vector>

#include "conversation/signals.hpp"
#include "producer_consumer/buffer.hpp"
#include "producer_consumer/crew.hpp"
#include "producer_consumer/item.hpp"
#include "producer_consumer/progress.hpp"

namespace demo {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

void produce(Ledger& ledger, Inlet& inlet, std::size_t size) {
    std::vector<std::byte> item(size);
    while (const auto number = ledger.claim()) {
        make_item(item, *number);
        inlet.put(item);
        ledger.note_sent(*number);
    }
}

void consume(Ledger& ledger, Outlet& outlet) {
    const Outlet::Use note = [&](std::span<const std::byte> item, bool again) {
        if (const auto number = number_of(item)) {
            ledger.note_consumed(*number, again);
        } else {
            ledger.note_damaged();
        }
    };
    while (outlet.take(note)) {
    }
}

// When the next one is to be killed.
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
    Run(const Way& way, const Options& options)
        : way_{way}, options_{options}, ledger_{options.items}, buffer_{make_buffer(
                                                                    way, options.size_for(way),
                                                                    ledger_)},
          crew_{!way.why_not_kill().has_value()} {}

    Result to_the_end() {
        const auto start = Clock::now();
        start_everybody();
        watch();
        const std::chrono::duration<double> taken = Clock::now() - start;
        return {way_, ledger_.account(allowance()),
                crew_.killed(Role::producer) + crew_.killed(Role::consumer), taken.count()};
    }

private:
    void start_everybody() {
        for (unsigned each = 0; each < options_.size.producers; ++each) {
            crew_.start(Role::producer, [this, each] {
                produce(ledger_, *buffer_->inlet(each), options_.size.item);
            });
        }
        for (unsigned each = 0; each < options_.size.consumers; ++each) {
            crew_.start(Role::consumer, [this, each] { consume(ledger_, *buffer_->outlet(each)); });
        }
    }

    void watch() {
        Progress progress{way_, options_.items, options_.quiet};
        Schedule kills{options_.kill_every};
        while (crew_.at_work() > 0) {
            throw_if_interrupted();
            crew_.look_after(
                std::min<std::chrono::nanoseconds>(options_.kill_every.value_or(20ms), 20ms));
            end_when_all_is_sent();
            if (kills.is_due()) {
                crew_.kill_somebody();
            }
            progress.show(ledger_.claimed());
        }
    }

    void end_when_all_is_sent() {
        if (!ledger_.has_ended() && crew_.at_work(Role::producer) == 0) {
            ledger_.end();
            buffer_->end();
        }
    }

    // Whoever is killed was at one item.
    [[nodiscard]] Allowance allowance() const {
        const unsigned consumers = crew_.killed(Role::consumer);
        return {.unfinished = crew_.killed(Role::producer),
                .taken = way_.taken_goes_with_taker() ? consumers : 0,
                .again = way_.taken_goes_with_taker() ? 0 : consumers};
    }

    Way way_;
    const Options& options_;
    Ledger ledger_;
    std::unique_ptr<Buffer> buffer_;
    Crew crew_;
};

} // namespace

Result run(const Way& way, const Options& options) { return Run{way, options}.to_the_end(); }

} // namespace demo
