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

// What all ways of opening a named object share: checking arguments, and opening or creating.

namespace crex::detail {

// What the open flags ask for.
struct Wanted {
    bool create;    // if it is not there
    bool exclusive; // only if it is not there
    bool random;    // under a made-up name that is free
};

// Throws BusyError when an object comes and goes for 1 s and more than 1,000 rounds, or for 30 s.
class ComesAndGoes {
public:
    void once_more(const Call& call);

private:
    unsigned rounds_ = 0;
    Deadline deadline_{std::chrono::seconds{1}};
    Deadline too_late_{std::chrono::seconds{30}}; // for few rounds that each take long
};

// Tries `open()` and `create()` as the flags say. `open()` returns null when the object does not
// exist, `create()` when the name is taken. This returns null when the flags allow no further try.
// `rename()` makes up another name. `caller.call()` names the call for errors.
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
        // Another process has just created it: open that. Or the made-up name is taken: make up
        // another.
        if (wanted.random) {
            rename();
        }
    }
}

// What to open and how, with arguments that were checked.
class Opening {
public:
    // Throws std::invalid_argument unless the name follows `rule`, the flags are in `known_flags`
    // and fit together, and the mode is valid.
    Opening(const char* function, Name name, int flags, unsigned mode, const NameRule& rule,
            int known_flags);

    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] Call call() const { return {function_, name_}; }

    // See open_or_create().
    template <class Open, class Create> auto perform(Open open, Create create) {
        return open_or_create(*this, wanted_, open, create, [this] { name_ = random_name(); });
    }

    // Throws why perform() returned null.
    [[noreturn]] void throw_existential(const std::string& hint = {}) const;

private:
    static std::string random_name();

    const char* function_;
    Wanted wanted_;
    std::string name_;
};

// Throw std::invalid_argument for flags that are not in `known` or contradict each other, and for a
// mode with bits that are no permissions.
void check_flags(const Call& call, int flags, int known);
void check_mode(const Call& call, unsigned mode);

// Throws std::invalid_argument for a number of handles that no object can have.
void check_handles(const Call& call, std::size_t max_handles);

// What name() returns on a handle that was moved from.
const std::string& no_name();

// Throws std::invalid_argument unless call.object is the name of a file of at most `longest`
// characters.
void check_file_name(const Call& call, std::size_t longest);

// Throws std::invalid_argument unless call.object is a name for an object.
void check_name(const Call& call, const NameRule& rule);

} // namespace crex::detail
