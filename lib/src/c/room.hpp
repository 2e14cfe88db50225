// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <vector>

namespace crex::c {

// Room for a batch, in which C's structs become C++'s or the other way round: on the stack unless
// the batch is large.
template <class Value> class Room {
public:
    explicit Room(std::size_t count) : count_{count} {
        if (count > few_.size()) {
            many_.resize(count);
        }
    }
    [[nodiscard]] std::span<Value> values() {
        return {many_.empty() ? few_.data() : many_.data(), count_};
    }

private:
    std::size_t count_;
    std::array<Value, 64> few_;
    std::vector<Value> many_;
};

} // namespace crex::c
