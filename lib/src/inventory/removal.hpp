// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>

#include <crex/inventory.hpp>

#include "common/errors.hpp"
#include "inventory/other_users.hpp"
#include "inventory/place.hpp"

// Removing an object that nobody uses, in the way that its family allows; DESIGN.md says how safe
// each is.

namespace crex::detail {

// Removed, or gone already.
Removal unlink(const Call& call, const Place& place);

// Whether anybody uses the object now, by all that /proc shows: in use, unproven, or "removed"
// where nothing speaks against it.
Removal look_again(const ObjectId& id);

// Whether anybody uses what has no locks of its own, as look_again() says it. Where the kernel
// tells so, openers wait from then on as long as this lives.
class LastLook {
public:
    LastLook(const Place& place, const ObjectId& id)
        : others_{place.directory.get(), place.file, id, 4}, id_{id} {}

    [[nodiscard]] Removal now() const;

    // Whether the kernel has told.
    [[nodiscard]] bool keeps_openers_out() const {
        return others_.found() == FileLease::Others::none;
    }

private:
    OtherUsers others_;
    ObjectId id_;
};

Removal remove_robust(const Call& call, const Object& object, const Place& place);
Removal remove_file(const Call& call, const Object& object, Place place);

// What remove_file() was killed over, if its name is free.
void put_back_what_was_moved_aside(const Object& object);

Removal remove_kernel_queue(const Call& call, const Object& object, const Place& place);

bool is_sysv(ObjectKind kind);
enum class Use { forbids, is_ignored };
Removal remove_sysv(const Call& call, const Object& object, Use use);

} // namespace crex::detail
