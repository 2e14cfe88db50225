// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>

#include <crex/inventory.hpp>

#include "errors.hpp"
#include "platform/file.hpp"

// Removing an object that nobody uses, in the way that its family allows; DESIGN.md says how safe
// each is.

namespace crex::detail {

// The folder that an object's file is in, and the file's name there.
struct Place {
    UniqueFd folder;
    std::string file;

    [[nodiscard]] bool holds(const ObjectId& id) const;
    [[nodiscard]] std::string path() const; // in shared memory's folder
};

Place place_of(const Call& call, const Object& object);

// Removed, or gone already.
Removal unlink(const Call& call, const Place& place);

// Who uses the object now: in use, unproven, or "removed" where nothing speaks against it.
Removal look_again(const ObjectId& id);

Removal remove_robust(const Call& call, const Object& object, const Place& place);
Removal remove_file(const Call& call, const Object& object, Place place);
Removal remove_kernel_queue(const Call& call, const Object& object, const Place& place);

bool is_sysv(ObjectKind kind);
enum class Use { forbids, is_ignored };
Removal remove_sysv(const Call& call, const Object& object, Use use);

} // namespace crex::detail
