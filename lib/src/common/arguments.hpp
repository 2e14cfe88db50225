// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

#include <crex/name.hpp>

#include "common/errors.hpp"
#include "common/file_names.hpp"
#include "platform/cancellation.hpp"
#include "platform/deadline.hpp"

// What every way of opening a named object has in common: checking what was asked for, and the
// dance of opening or creating.

namespace crex::detail {

// What the open flags ask for.
struct Wanted {
    bool create;    // if it is not there
    bool exclusive; // only if it is not there
    bool random;    // under a name that nobody has
};

// Throws BusyError once an object has come and gone often enough, and for long enough.
class ComesAndGoes {
public:
    void once_more(const Call& call);

private:
    unsigned rounds_ = 0;
    Deadline deadline_{std::chrono::seconds{1}};
    Deadline too_late_{std::chrono::seconds{30}}; // for few rounds of which each takes long
};

// Tries `open()` and `create()` as the flags say. They answer null for "it is not there" and for
// "the name is taken"; so does this when that settles the matter. `rename()` makes up another name.
// `caller.call()` says for whom.
template <class Caller, class Open, class Create, class Rename>
auto open_or_create(const Caller& caller, const Wanted& wanted, Open open, Create create,
                    Rename rename) {
    using Handle = decltype(create());
    const CancellationHeld held;
    for (ComesAndGoes object;; object.once_more(caller.call())) {
        if (!wanted.exclusive) {
            Handle handle = open();
            if (handle || !wanted.create) {
                return handle;
            }
        }
        Handle handle = create();
        if (handle || (wanted.exclusive && !wanted.random)) {
            return handle;
        }
        // Somebody created it just now: open that one. Or the name made up is taken: make another.
        if (wanted.random) {
            rename();
        }
    }
}

// What to open and how, once it has been found to make sense.
class Opening {
public:
    // Throws std::invalid_argument unless name, flags and mode are right for an object whose names
    // keep to `rule` and which knows the flags in `known_flags`.
    Opening(const char* function, Name name, int flags, unsigned mode, const NameRule& rule,
            int known_flags);

    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] Call call() const { return {function_, name_}; }

    // See open_or_create().
    template <class Open, class Create> auto perform(Open open, Create create) {
        return open_or_create(*this, wanted_, open, create, [this] { name_ = random_name(); });
    }

    // Says why perform() answered null.
    [[noreturn]] void throw_existential(const std::string& hint = {}) const;

private:
    static std::string random_name();

    const char* function_;
    Wanted wanted_;
    std::string name_;
};

// Throw std::invalid_argument for flags other than those in `known`, or that contradict each other,
// and for a mode with other bits than permissions.
void check_flags(const Call& call, int flags, int known);
void check_mode(const Call& call, unsigned mode);

// Throws std::invalid_argument for a number of handles that no object can have.
void check_handles(const Call& call, std::size_t max_handles);

// What name() answers on a handle that was moved from.
const std::string& no_name();

// Throws std::invalid_argument unless call.object is the name of a file of at most `longest`
// characters.
void check_file_name(const Call& call, std::size_t longest);

// Throws std::invalid_argument unless call.object is a name for an object.
void check_name(const Call& call, const NameRule& rule);

} // namespace crex::detail
