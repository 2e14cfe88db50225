// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <crex/inventory.hpp>

#include "common/parameters.hpp"

// The objects that params.txt names: inspecting and removing them, whatever their kind.

namespace demo {

struct NamedObject {
    std::string title; // "semaphore /wuthering_heights"
    std::function<std::optional<crex::ObjectInfo>()> inspect;
    std::function<void()> unlink;
    bool is_here = true; // and so are its users
};

NamedObject semaphore_of(const Parameters& parameters);
NamedObject shared_memory_of(const Parameters& parameters);
NamedObject message_queue_of(const Parameters& parameters);

// The id of the object that has the name now; nothing when there is none or it may not be
// inspected.
std::optional<crex::ObjectId> id_of(const NamedObject& object);

// An object that Premise created. It is removed with this handle, but only if it still is the one
// that was created. So, however Premise ends, it leaves nothing behind and removes no object of
// another process.
class Creation {
public:
    explicit Creation(NamedObject object);
    Creation(Creation&& other) noexcept;
    Creation& operator=(Creation&&) = delete;
    ~Creation(); // prints that, if it removed the object

    // Removes the object now. Returns false when there was nothing to remove.
    bool remove();

    [[nodiscard]] const std::string& title() const { return object_.title; }
    [[nodiscard]] std::optional<crex::ObjectId> id() const { return id_; }

private:
    NamedObject object_;
    std::optional<crex::ObjectId> id_;
    bool ours_ = true; // neither moved away nor removed
};

// For Premise when a name is taken: which of these objects exist, since when, which processes use
// them, and which command removes them.
std::string leftovers(const std::vector<NamedObject>& objects, const Parameters& parameters);

} // namespace demo
