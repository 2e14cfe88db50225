// SPDX-License-Identifier: BSL-1.0
#include "robust/ends.hpp"

#include "robust/arrivals.hpp"
#include "robust/index.hpp"
#include "robust/supply.hpp"

namespace crex::detail::robust {
namespace {

constexpr auto relaxed = std::memory_order_relaxed;

// The lane's messages go onto their shelves in the order they stand in; what follows them is free.
void shelve_lane(const Store& store) {
    auto& body = store.body();
    Index index{store};
    index.begin();
    std::uint32_t slot = store.checked(body.head);
    std::uint32_t count = 0;
    for (; count < store.capacity() && store.slot(slot).is(SlotState::ready); ++count) {
        index.push_back(slot, store.at_most(store.slot(slot).priority, priorities - 1));
        slot = store.after(slot);
    }
    store.require(slot == store.checked(body.tail));
    Supply{store}.begin(slot, store.capacity() - count);
    Arrivals{store}.begin();
}

} // namespace

// The destructor of a Hold whose first constructor has returned runs when this throws.
void Ends::insist(robust::Hold& hold, const Patience& patience) const {
    if (hold.insist(self_, patience)) {
        store_.set(unsettled);
    }
}

// Recovery may find messages, or room. Somebody polls for them.
void Ends::ring() const {
    if ((store_.status() & belled) != 0) {
        store_.body().emptied.fetch_add(1, relaxed); // perhaps, by one who died before saying so
        bell_.forget();
        bell_.before_adding();
        bell_.before_taking();
    }
}

void Ends::settle(const Patience& patience, Look look) const {
    with_both(patience, [&] {
        if ((store_.status() & unsettled) != 0) {
            ring();
            robust::recover(store_, self_, look);
        }
    });
}

void Ends::recover(const Patience& patience) const {
    with_both(patience, [&] {
        store_.clear(broken);
        ring();
        robust::recover(store_, self_, Look::everywhere);
    });
}

void Ends::turn(const Patience& patience) const {
    with_both(patience, [&] {
        if ((store_.status() & (indexed | unsettled)) == 0) {
            store_.set(unsettled); // until the index is whole
            shelve_lane(store_);
            store_.set(indexed);
            store_.clear(unsettled);
        }
    });
}

void Ends::straighten(const Patience& patience) const {
    with_both(patience, [&] {
        auto& body = store_.body();
        if ((store_.status() & (indexed | unsettled)) == indexed &&
            Supply{store_}.count() == store_.capacity()) {
            body.head.store(0, relaxed);
            body.tail.store(0, relaxed);
            body.head_sequence.store(body.next_sequence.load(relaxed), relaxed);
            store_.clear(indexed);
        }
    });
}

void Ends::bury_the_dead(const Patience& patience) const {
    with_both(patience, [&] {
        ring();
        robust::bury_the_dead(store_, self_);
    });
}

void Ends::force_open() const {
    for (Lock* each : {&store_.body().senders, &store_.body().receivers}) {
        each->word.store(0);
        wake_sleeper(*each);
    }
}

} // namespace crex::detail::robust
