// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <crex/inventory.hpp>

#include "conversation/parameters.hpp"

// The objects that params.txt names: looking at them and removing them, whatever their kind.

namespace demo {

struct NamedObject {
    std::string title; // "semaphore /wuthering_heights"
    std::function<std::optional<crex::ObjectInfo>()> inspect;
    std::function<void()> unlink;
};

NamedObject semaphore_of(const Parameters& parameters);
NamedObject shared_memory_of(const Parameters& parameters);
NamedObject message_queue_of(const Parameters& parameters);

// Which object has the name now; nothing when there is none or looking is forbidden.
std::optional<crex::ObjectId> id_of(const NamedObject& object);

// What Premise created. It is removed with this handle, and only if it still is the one that she
// created, so that however she ends nothing is left behind and nothing of others is removed.
class Creation {
public:
    explicit Creation(NamedObject object);
    Creation(Creation&& other) noexcept;
    Creation& operator=(Creation&&) = delete;
    ~Creation(); // says so when it was there to be removed

    // Removes it now. False when there was nothing to remove.
    bool remove();

    [[nodiscard]] const std::string& title() const { return object_.title; }
    [[nodiscard]] std::optional<crex::ObjectId> id() const { return id_; }

private:
    NamedObject object_;
    std::optional<crex::ObjectId> id_;
    bool ours_ = true; // neither moved away nor removed
};

// For Premise when she found a name taken: what exists of these, since when, who uses it, and
// which command removes it.
std::string leftovers(const std::vector<NamedObject>& objects, const Parameters& parameters);

} // namespace demo
