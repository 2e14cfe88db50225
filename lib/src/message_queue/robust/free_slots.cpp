// SPDX-License-Identifier: BSL-1.0
#include "message_queue/robust/free_slots.hpp"

#include <algorithm>

namespace crex::detail::robust {
namespace {

// Of the word `handed_back`.
constexpr unsigned count_shift = 32;

std::uint64_t count_in(std::uint64_t handed_back) { return handed_back >> count_shift; }

} // namespace

void FreeSlots::begin(const BothLocked&, std::uint32_t first, std::uint32_t count) {
    for (auto* list : {&body_.free_first, &body_.freed_first}) {
        list->store(no_slot, relaxed);
    }
    body_.free_count.store(0, relaxed);
    body_.freed_count.store(0, relaxed);
    body_.handed_back.store(0, relaxed);
    body_.unused_first.store(first, relaxed);
    body_.unused_count.store(count, relaxed);
}

bool FreeSlots::is_empty(const SendersLocked&) const {
    return body_.free_count.load(relaxed) == 0 && body_.handed_back.load(relaxed) == 0 &&
           body_.unused_count.load(relaxed) == 0;
}

std::uint32_t FreeSlots::take(const SendersLocked&) {
    std::uint32_t slot = no_slot;
    if (body_.free_count.load(relaxed) != 0 || take_handed_back()) {
        slot = memory_.checked(body_.free_first);
        body_.free_first.store(memory_.slot(slot).next_free.load(relaxed), relaxed);
        body_.free_count.store(body_.free_count.load(relaxed) - 1, relaxed);
    } else if (const std::uint32_t unused = body_.unused_count.load(relaxed); unused != 0) {
        slot = memory_.checked(body_.unused_first);
        memory_.touch(slot);
        body_.unused_first.store(memory_.after(slot), relaxed);
        body_.unused_count.store(unused - 1, relaxed);
    } else {
        return no_slot;
    }
    memory_.require(memory_.slot(slot).load() == Control{});
    return slot;
}

// Only the senders' end empties the word, and only the receivers' end fills it.
bool FreeSlots::take_handed_back() {
    const std::uint64_t handed_back = body_.handed_back.load(std::memory_order_acquire);
    if (handed_back == 0) {
        return false;
    }
    const std::uint64_t count = count_in(handed_back);
    memory_.require(count != 0 && count <= memory_.capacity());
    body_.free_first.store(static_cast<std::uint32_t>(handed_back), relaxed);
    body_.free_count.store(static_cast<std::uint32_t>(count), relaxed);
    body_.handed_back.store(0, relaxed);
    return true;
}

void FreeSlots::hand_back() {
    const std::uint64_t count = body_.freed_count.load(relaxed);
    body_.handed_back.store(count << count_shift | body_.freed_first.load(relaxed),
                            std::memory_order_release);
    body_.freed_first.store(no_slot, relaxed);
    body_.freed_count.store(0, relaxed);
}

void FreeSlots::push(std::atomic<std::uint32_t>& first, std::atomic<std::uint32_t>& count,
                     std::uint32_t slot) {
    memory_.slot(slot).next_free.store(first.load(relaxed), relaxed);
    first.store(slot, relaxed);
    count.store(memory_.at_most(count, memory_.capacity() - 1) + 1, relaxed);
}

void FreeSlots::put(const SendersLocked&, std::uint32_t slot) {
    push(body_.free_first, body_.free_count, slot);
}

void FreeSlots::free(const ReceiversLocked&, std::uint32_t slot) {
    push(body_.freed_first, body_.freed_count, slot);
    memory_.slot(slot).become(Control{});
    if (body_.handed_back.load(relaxed) == 0) {
        hand_back();
    }
}

void FreeSlots::refill(const BothLocked&) {
    if (body_.free_count.load(relaxed) == 0 && !take_handed_back()) {
        body_.free_first.store(body_.freed_first.load(relaxed), relaxed);
        body_.free_count.store(memory_.at_most(body_.freed_count, memory_.capacity()), relaxed);
        body_.freed_first.store(no_slot, relaxed);
        body_.freed_count.store(0, relaxed);
    }
}

bool FreeSlots::can_refill() const { return body_.freed_count.load(relaxed) != 0; }

std::uint32_t FreeSlots::count() const {
    const std::uint64_t count =
        std::uint64_t{body_.free_count.load(relaxed)} + body_.unused_count.load(relaxed) +
        count_in(body_.handed_back.load(relaxed)) + body_.freed_count.load(relaxed);
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(count, memory_.capacity()));
}

} // namespace crex::detail::robust
