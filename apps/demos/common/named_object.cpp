// SPDX-License-Identifier: BSL-1.0
#include "common/named_object.hpp"

#include <array>
#include <chrono>
#include <ctime>
#include <iostream>
#include <utility>

#include <crex/error.hpp>
#include <crex/semaphore.hpp>
#include <crex/shared_memory.hpp>

#include "common/server.hpp"

namespace demo {
namespace {

std::string text_of(std::chrono::system_clock::time_point moment) {
    const std::time_t seconds = std::chrono::system_clock::to_time_t(moment);
    tm parts{};
    localtime_r(&seconds, &parts);
    std::array<char, 32> text{};
    std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S", &parts);
    return text.data();
}

std::string text_of(const crex::Users& users) {
    if (users.pids.empty()) {
        return users.complete ? "used by nobody" : "used by nobody we can see";
    }
    std::string text = users.pids.size() == 1 ? "used by process" : "used by processes";
    for (const int pid : users.pids) {
        text += ' ';
        text += std::to_string(pid);
    }
    return text;
}

std::string since(const crex::ObjectInfo& info) {
    return info.created ? " since " + text_of(*info.created) : "";
}

// A line about the object; empty when it does not exist.
std::string description(const NamedObject& object) {
    try {
        const auto info = object.inspect();
        if (!info) {
            return "";
        }
        const std::string users =
            object.is_here ? ", " + text_of(crex::users_of(info->id)) : std::string{};
        return object.title + " exists" + since(*info) + users + "\n";
    } catch (const crex::PermissionsError&) { // a kernel queue is visible only to its readers
        return object.title + " exists, and is another user's\n";
    }
}

// Removes it, even if the connection is lost: no other program makes one of that name, so another
// try does no harm.
void unlink_at(const std::string& name, crex::Server& server) {
    bool may_be_gone = false;
    for (;;) {
        try {
            return crex::unlink_message_queue(name, server);
        } catch (const crex::ConnectionError& error) {
            if (!error.may_have_happened()) {
                throw;
            }
            may_be_gone = true;
        } catch (const crex::ExistentialError&) {
            if (!may_be_gone) {
                throw;
            }
            return;
        }
    }
}

} // namespace

NamedObject semaphore_of(const Parameters& parameters) {
    const std::string name = parameters.semaphore_name;
    return {"semaphore " + name, [name] { return crex::inspect_semaphore(name); },
            [name] { crex::unlink_semaphore(name); }};
}

NamedObject shared_memory_of(const Parameters& parameters) {
    const std::string name = parameters.shared_memory_name;
    return {"shared memory " + name, [name] { return crex::inspect_shared_memory(name); },
            [name] { crex::unlink_shared_memory(name); }};
}

NamedObject message_queue_of(const Parameters& parameters) {
    const std::string name = parameters.message_queue_name;
    if (crex::Server* const server = server_of(parameters)) {
        return {"message queue " + name + " at " + server->description(),
                [=] { return crex::inspect_message_queue(name, *server); },
                [=] { unlink_at(name, *server); }, false};
    }
    const crex::Backend backend = parameters.queue_backend;
    const std::string kind{crex::to_string(backend)};
    return {kind + " message queue " + name,
            [=] { return crex::inspect_message_queue(name, backend); },
            [=] { crex::unlink_message_queue(name, backend); }};
}

std::optional<crex::ObjectId> id_of(const NamedObject& object) {
    try {
        const auto info = object.inspect();
        return info ? std::optional{info->id} : std::nullopt;
    } catch (const crex::Error&) {
        return std::nullopt;
    }
}

Creation::Creation(NamedObject object) : object_{std::move(object)}, id_{id_of(object_)} {}

Creation::Creation(Creation&& other) noexcept
    : object_{std::move(other.object_)}, id_{other.id_}, ours_{std::exchange(other.ours_, false)} {}

Creation::~Creation() {
    try {
        if (remove()) {
            std::cerr << "Removed " << object_.title << ".\n";
        }
    } catch (const crex::Error& error) {
        std::cerr << error.what() << '\n';
    }
}

bool Creation::remove() {
    if (!std::exchange(ours_, false) || (id_ && id_of(object_) != id_)) {
        return false;
    }
    try {
        object_.unlink();
        return true;
    } catch (const crex::ExistentialError&) { // another process was faster
        return false;
    }
}

std::string leftovers(const std::vector<NamedObject>& objects, const Parameters& parameters) {
    std::string text;
    for (const NamedObject& object : objects) {
        text += description(object);
    }
    return text +
           "Another conversation is going on, or was interrupted and left that behind. "
           "This removes it:\n    " +
           parameters.cleanup_command;
}

} // namespace demo
