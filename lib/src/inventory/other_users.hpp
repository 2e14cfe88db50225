// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <optional>
#include <string>

#include <crex/object_id.hpp>

#include "inventory/families.hpp"
#include "platform/file.hpp"
#include "platform/file_lease.hpp"

namespace crex::detail {

// Tells whether any process besides this object has the file open or mapped. After Others::none,
// open(2) of the file waits while this object lives.
class OtherUsers {
public:
    // Others::none only if the file of that name is the one with that id. Another process that asks
    // is a user for some microseconds; several attempts outlast it.
    OtherUsers(int directory, const std::string& file, const ObjectId& id, int attempts);

    [[nodiscard]] FileLease::Others found() const;

    // Whether a process has called open(2) since. Requires Others::none.
    [[nodiscard]] bool have_come() const { return lease_->is_awaited(); }

private:
    UniqueFd file_;
    std::optional<FileLease> lease_;
};

// Asks once, for an object of a list, and notes the result in `found`.
void ask_for_other_users(FoundObject& found, int directory, const std::string& file);

} // namespace crex::detail
