// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include <sys/mman.h>

namespace test {

/// What became of each message, in memory that all processes share.
struct Ledger {
    static constexpr std::size_t most = 200'000;
    struct Entry {
        std::atomic<bool> sent; // send() has returned
        std::atomic<unsigned> deliveries;
        std::atomic<unsigned> first_deliveries; // with attempts() == 0
        std::atomic<bool> acknowledged;         // ack() has returned
    };
    std::atomic<std::size_t> next;
    std::array<std::atomic<bool>, 6> is_at_work; // each worker, once it sends or has a lease
    std::atomic<unsigned> again_after_ack;
    std::atomic<unsigned> failures; // errors that no kill explains
    std::atomic<bool> stops;
    std::atomic<std::int64_t> last_sent;     // when the last send() has returned
    std::atomic<std::int64_t> longest_pause; // between two of them
    std::array<Entry, most> entries;
};

class SharedLedger {
public:
    SharedLedger()
        : ledger_{static_cast<Ledger*>(mmap(nullptr, sizeof(Ledger), PROT_READ | PROT_WRITE,
                                            MAP_SHARED | MAP_ANONYMOUS, -1, 0))} {}
    ~SharedLedger() { munmap(ledger_, sizeof(Ledger)); }
    SharedLedger(const SharedLedger&) = delete;
    SharedLedger& operator=(const SharedLedger&) = delete;

    Ledger* operator->() const { return ledger_; }

    [[nodiscard]] std::size_t sent() const {
        return count([](const auto& each) { return each.sent.load(); });
    }
    [[nodiscard]] std::size_t lost() const {
        return count([](const auto& each) { return each.sent && each.deliveries == 0; });
    }
    /// What consumers must expect: messages that are delivered again, and say so.
    [[nodiscard]] std::size_t redelivered() const {
        return count([](const auto& each) { return each.deliveries > 1; });
    }
    /// What must not be: one send() that has put two messages into the queue.
    [[nodiscard]] std::size_t doubled() const {
        return count([](const auto& each) { return each.first_deliveries > 1; });
    }

private:
    [[nodiscard]] std::size_t count(bool (*fits)(const Ledger::Entry&)) const {
        const auto begin = ledger_->entries.begin();
        const auto used = std::min(ledger_->next.load(), Ledger::most);
        return static_cast<std::size_t>(
            std::count_if(begin, begin + static_cast<std::ptrdiff_t>(used), fits));
    }

    Ledger* ledger_;
};

} // namespace test
