// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include <crex/name.hpp>

#include "errors.hpp"

// What every way of opening a named object has in common: checking what was asked for, and the
// dance of opening or creating.

namespace crex::detail {

// What to open and how, once it has been found to make sense.
class Opening {
public:
    // Throws std::invalid_argument unless name, flags and mode are right for an object whose names
    // have at most `name_max` characters and which knows the flags in `known_flags`.
    Opening(const char* function, Name name, int flags, unsigned mode, std::size_t name_max,
            int known_flags);

    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] Call call() const { return {function_, name_}; }

    // Tries `open()` and `create()` as the flags say. They answer null for "it is not there" and
    // for "the name is taken"; so does this when that settles the matter.
    template <class Open, class Create> auto perform(Open open, Create create) {
        using Handle = decltype(create());
        if (random_) {
            return create_under_random_name(create);
        }
        if (exclusive_) {
            return create();
        }
        for (;;) {
            Handle handle = open();
            if (handle || !create_) {
                return handle;
            }
            handle = create();
            if (handle) {
                return handle;
            }
            // Somebody created it just now: open that one.
        }
    }

    // Says why perform() answered null.
    [[noreturn]] void throw_existential(const std::string& hint = {}) const;

private:
    template <class Create> auto create_under_random_name(Create create) {
        for (;;) {
            auto handle = create();
            if (handle) {
                return handle;
            }
            name_ = random_name();
        }
    }

    static std::string random_name();

    const char* function_;
    bool random_;
    std::string name_;
    bool create_;
    bool exclusive_;
};

// What name() answers on a handle that was moved from.
const std::string& no_name();

// Throws std::invalid_argument unless call.object is a good name.
void check_name(const Call& call, std::size_t name_max);

} // namespace crex::detail
