// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <cstddef>

namespace crex::detail::robust {

// The processor pauses between the looks of one role of a ring; for one thread.
//
// Each look takes the cache line away from the side that must change it. So it is better to give
// that side a head start first, if it then gets ahead by more than one record. Every 16th wait
// tries whether it does. An answer that a thread waits for comes alone, and needs quick looks.
class HeadStart {
public:
    // Usually with so many pauses between two looks.
    explicit HeadStart(unsigned pauses) : pauses_{pauses} {}

    unsigned pauses_before(unsigned look) {
        constexpr unsigned try_every = 16;
        constexpr unsigned quick_looks = 64;
        if (look == 0) {
            is_given_ = is_given_ || ++waits_ % try_every == 0;
            is_first_look_ = true;
            return is_given_ ? head_start : 0;
        }
        return look < quick_looks ? pauses_ : std::max(pauses_, head_start);
    }

    // How much there was to do at a look.
    void found(std::size_t count) {
        is_given_ = is_given_ && (!is_first_look_ || count > 1);
        is_first_look_ = false;
    }

private:
    static constexpr unsigned head_start = 8;

    unsigned pauses_;
    unsigned waits_ = 0;
    bool is_given_ = false;
    bool is_first_look_ = false;
};

} // namespace crex::detail::robust
