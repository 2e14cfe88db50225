// SPDX-License-Identifier: BSL-1.0
#include "ledger.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <system_error>

#include <sys/mman.h>

namespace crash {

SharedPages::SharedPages(std::size_t size) {
    void* const address = mmap(nullptr, size, PROT_READ | PROT_WRITE,
                               MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (address == MAP_FAILED) {
        throw std::system_error{errno, std::generic_category(), "mmap"};
    }
    bytes_ = {static_cast<std::byte*>(address), size};
}

SharedPages::~SharedPages() { munmap(bytes_.data(), bytes_.size()); }

Tag tag(std::size_t sender, std::size_t sequence) {
    const std::uint64_t mixed = (sender << 48U ^ sequence) * 0x9e3779b97f4a7c15;
    return {sender, sequence, mixed ^ mixed >> 29U ^ 0x5bd1e995};
}

std::optional<Tag> tag_in(std::span<const std::byte> bytes) {
    Tag found;
    if (bytes.size() < sizeof found) {
        return std::nullopt;
    }
    std::memcpy(&found, bytes.data(), sizeof found);
    const bool whole = found.sender < Ledger::senders && found.sequence < Ledger::messages_each &&
                       found.check == tag(found.sender, found.sequence).check;
    return whole ? std::optional{found} : std::nullopt;
}

Ledger::Entry& Ledger::entry(const Tag& tag) const {
    if (tag.sender >= senders || tag.sequence >= messages_each) {
        throw std::out_of_range{"a message that nobody sent"};
    }
    return entries()[tag.sender * messages_each + tag.sequence];
}

std::span<Ledger::Entry> Ledger::entries() const {
    return {reinterpret_cast<Entry*>(pages_.bytes().data()), senders * messages_each};
}

std::size_t Ledger::lost() const {
    const auto all = entries();
    return static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [](const Entry& entry) {
        return (entry & sent) != 0 && (entry & (consumed | perhaps)) == 0;
    }));
}

std::size_t Ledger::sent_count() const {
    const auto all = entries();
    return static_cast<std::size_t>(std::count_if(
        all.begin(), all.end(), [](const Entry& entry) { return (entry & sent) != 0; }));
}

// Also gives the pages back.
void Ledger::clear() { madvise(pages_.bytes().data(), pages_.bytes().size(), MADV_REMOVE); }

} // namespace crash
