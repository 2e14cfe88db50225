// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>

#include <crex/inventory.hpp>

#include "common/errors.hpp"
#include "inventory/other_users.hpp"
#include "inventory/place.hpp"

// Removes an object that no process uses, in the way that its family allows. DESIGN.md says how
// safe each way is.

namespace crex::detail {

// Removed, or gone already.
Removal unlink(const Call& call, const Place& place);

// Whether a process uses the object now, as far as /proc shows: in_use, unproven, or `removed` when
// nothing speaks against a removal.
Removal look_again(const ObjectId& id);

// Whether a process uses an object that has no locks of its own; the results are look_again()'s. If
// the kernel itself can tell, openers wait from then on while this object lives.
class LastLook {
public:
    LastLook(const Place& place, const ObjectId& id)
        : others_{place.directory.get(), place.file, id, 4}, id_{id} {}

    [[nodiscard]] Removal now() const;

    // Whether the kernel itself has told that there are no users.
    [[nodiscard]] bool keeps_openers_out() const {
        return others_.found() == FileLease::Others::none;
    }

private:
    OtherUsers others_;
    ObjectId id_;
};

Removal remove_robust(const Call& call, const Object& object, const Place& place);
Removal remove_file(const Call& call, const Object& object, Place place);

// Gives a file that a killed remove_file() left aside its name back, if the name is free.
void put_back_what_was_moved_aside(const Object& object);

Removal remove_kernel_queue(const Call& call, const Object& object, const Place& place);

bool is_sysv(ObjectKind kind);
enum class Use { forbids, is_ignored };
Removal remove_sysv(const Call& call, const Object& object, Use use);

} // namespace crex::detail
