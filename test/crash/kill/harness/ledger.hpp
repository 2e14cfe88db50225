// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace crash {

/// Memory shared only with the processes that are forked later; zero at first.
class SharedPages {
public:
    explicit SharedPages(std::size_t size);
    ~SharedPages();
    SharedPages(const SharedPages&) = delete;
    SharedPages& operator=(const SharedPages&) = delete;

    [[nodiscard]] std::span<std::byte> bytes() const { return bytes_; }

private:
    std::span<std::byte> bytes_;
};

/// The beginning of every message.
struct Tag {
    std::uint64_t sender = 0;
    std::uint64_t sequence = 0;
    std::uint64_t check = 0; // distinguishes a tag from other bytes
};

Tag tag(std::size_t sender, std::size_t sequence);

/// The tag at the beginning of these bytes, if it is complete.
std::optional<Tag> tag_in(std::span<const std::byte> bytes);

/// The fate of every message, written by all processes concurrently. A process killed in between
/// leaves the entries correct.
class Ledger {
public:
    static constexpr std::size_t senders = 8;
    static constexpr std::size_t messages_each = std::size_t{1} << 20;

    Ledger() : pages_{senders * messages_each} {}

    void was_sent(const Tag& tag) { entry(tag) |= sent; }

    /// False when the message had been consumed before.
    bool was_consumed(const Tag& tag) { return (entry(tag).fetch_or(consumed) & consumed) == 0; }

    /// A killed process may have received this message.
    void may_be_consumed(const Tag& tag) { entry(tag) |= perhaps; }

    /// A process has, or had, a lease on the message: it may come a second time, at its old place.
    void was_leased(const Tag& tag) { entry(tag) |= leased; }
    [[nodiscard]] bool has_been_leased(const Tag& tag) { return (entry(tag) & leased) != 0; }

    /// Messages that were sent, neither consumed nor held by a killed process.
    [[nodiscard]] std::size_t lost() const;

    [[nodiscard]] std::size_t sent_count() const;
    void clear();

private:
    using Entry = std::atomic<std::uint8_t>;
    static constexpr std::uint8_t sent = 1;
    static constexpr std::uint8_t consumed = 2;
    static constexpr std::uint8_t perhaps = 4;
    static constexpr std::uint8_t leased = 8;

    Entry& entry(const Tag& tag) const;
    [[nodiscard]] std::span<Entry> entries() const;

    SharedPages pages_;
};

} // namespace crash
