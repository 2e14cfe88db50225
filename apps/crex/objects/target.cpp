// SPDX-License-Identifier: BSL-1.0
#include "objects/target.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include <crex/error.hpp>

#include "objects/naming.hpp"
#include "objects/server.hpp"

namespace cli {
namespace {

using crex::ObjectKind;

const std::vector<ObjectKind> queues{ObjectKind::robust_queue, ObjectKind::kernel_queue,
                                     ObjectKind::boost_queue};
const std::vector<ObjectKind> semaphores{ObjectKind::robust_semaphore, ObjectKind::semaphore};

// Any memory may have the name of a Boost queue; only its content shows whether it is one.
bool is_boost_queue(const std::string& name) {
    if (!crex::inspect_message_queue(name, crex::Backend::boost)) {
        return false;
    }
    const auto all = crex::list_objects({.users = false}).objects;
    return std::any_of(all.begin(), all.end(), [&](const crex::Object& object) {
        return object.kind == ObjectKind::boost_queue && object.name == name;
    });
}

bool is_there(ObjectKind kind, const std::string& name) {
    switch (kind) {
    case ObjectKind::semaphore:
        return crex::inspect_semaphore(name).has_value();
    case ObjectKind::robust_semaphore:
        return crex::inspect_robust_semaphore(name).has_value();
    case ObjectKind::robust_queue:
        return crex::inspect_message_queue(name, crex::Backend::robust).has_value();
    case ObjectKind::kernel_queue:
        return crex::inspect_message_queue(name, crex::Backend::posix).has_value();
    case ObjectKind::boost_queue:
        return is_boost_queue(name);
    case ObjectKind::shared_memory:
        return crex::inspect_shared_memory(name).has_value();
    case ObjectKind::ring:
        return crex::inspect_ring(name).has_value();
    default:
        return false;
    }
}

bool may_be_there(ObjectKind kind, const std::string& name) {
    try {
        return is_there(kind, name);
    } catch (const crex::PermissionsError&) {
        return true; // opening it reports the better error
    }
}

// The object as the library needs it, if the text begins with that kind's word.
std::optional<std::string> named_as(ObjectKind kind, const std::string& text) {
    const std::string prefix = std::string{to_string(kind)}.append(":");
    return text.starts_with(prefix) ? std::optional{with_slash(text.substr(prefix.size()))}
                                    : std::nullopt;
}

std::string full_name(const Target& target) {
    return printable(std::string{to_string(target.kind)}.append(":").append(target.name));
}

Target found(const std::string& text, const std::vector<ObjectKind>& kinds) {
    std::vector<Target> candidates;
    for (const ObjectKind kind : kinds) {
        const std::string name = name_of_existing(text, kind);
        if (may_be_there(kind, name)) {
            candidates.push_back({kind, name});
        }
    }
    if (candidates.empty()) {
        throw Failure{not_there, "there is no " + printable(text)};
    }
    if (candidates.size() > 1) {
        std::string list;
        for (const Target& each : candidates) {
            list.append("\n    ").append(full_name(each));
        }
        throw UsageError{printable(text) + " may be one of these; say which:" + list};
    }
    return candidates.front();
}

void expect_no_other_kind(const std::string& text, const std::vector<ObjectKind>& kinds) {
    for (const std::string& word : words_for_kinds()) {
        if (text.starts_with(std::string{word}.append(":"))) {
            std::string list;
            for (const ObjectKind kind : kinds) {
                list.append(list.empty() ? "" : " ").append(to_string(kind));
            }
            throw UsageError{printable(text) + " is none of " + list};
        }
    }
}

crex::Backend backend_of(ObjectKind kind) {
    return kind == ObjectKind::robust_queue   ? crex::Backend::robust
           : kind == ObjectKind::kernel_queue ? crex::Backend::posix
                                              : crex::Backend::boost;
}

} // namespace

ObjectKind kind_of(crex::Backend backend) {
    switch (backend) {
    case crex::Backend::robust:
        return ObjectKind::robust_queue;
    case crex::Backend::posix:
        return ObjectKind::kernel_queue;
    case crex::Backend::boost:
        return ObjectKind::boost_queue;
    case crex::Backend::remote: // it is not on this machine
        break;
    }
    throw std::logic_error{"a backend without a kind"};
}

Target target_of(const std::string& text, const std::vector<ObjectKind>& kinds) {
    for (const ObjectKind kind : kinds) {
        if (named_as(kind, text)) {
            return {kind, name_of_existing(text, kind)};
        }
    }
    expect_no_other_kind(text, kinds);
    return found(text, kinds);
}

crex::Backend backend_called(const std::string& word) {
    for (const auto backend : {crex::Backend::robust, crex::Backend::boost, crex::Backend::posix}) {
        if (to_string(backend) == word) {
            return backend;
        }
    }
    throw UsageError{"--backend: \"" + word + "\" is none of robust, boost and posix"};
}

namespace {

// With --at, a name is that of crex's own kind, and nothing is looked for on this machine.
std::optional<Target> at_server(const Invocation& given, ObjectKind kind) {
    if (!given.has("at")) {
        return std::nullopt;
    }
    if (given.has("backend")) {
        throw UsageError{"--backend is for this machine, --at for a server"};
    }
    return Target{kind, name_of(given.arguments().front(), kind)};
}

} // namespace

Target resolve_queue(const Invocation& given) {
    if (auto target = at_server(given, ObjectKind::robust_queue)) {
        return *std::move(target);
    }
    const std::string& text = given.arguments().front();
    const auto word = given.value("backend");
    if (!word) {
        return target_of(text, queues);
    }
    const ObjectKind kind = kind_of(backend_called(*word));
    return {kind, name_of_existing(text, kind)};
}

Target resolve_semaphore(const Invocation& given) {
    if (auto target = at_server(given, ObjectKind::robust_semaphore)) {
        return *std::move(target);
    }
    const std::string& text = given.arguments().front();
    const auto word = given.value("backend");
    if (!word) {
        return target_of(text, semaphores);
    }
    switch (backend_called(*word)) {
    case crex::Backend::robust:
        return {ObjectKind::robust_semaphore, name_of_existing(text, ObjectKind::robust_semaphore)};
    case crex::Backend::posix:
        return {ObjectKind::semaphore, name_of_existing(text, ObjectKind::semaphore)};
    default:
        throw UsageError{"--backend: a semaphore is robust or posix"};
    }
}

namespace {

crex::MessageQueue open_queue(const Target& target, crex::Server* at, May may) {
    return crex::MessageQueue{target.name,
                              0,
                              {.read = may != May::send,
                               .write = may != May::receive,
                               .backend = backend_of(target.kind),
                               .at = at}};
}

} // namespace

crex::MessageQueue open_queue(const Invocation& given, May may) {
    return open_queue(resolve_queue(given), server_of(given), may);
}

crex::MessageQueue open_queue(const std::string& text, crex::Server* at, May may) {
    const bool is_here = at == nullptr;
    return open_queue(
        is_here ? target_of(text, queues)
                : Target{ObjectKind::robust_queue, name_of(text, ObjectKind::robust_queue)},
        at, may);
}

bool has_leases(const crex::MessageQueue& queue) {
    return queue.backend() == crex::Backend::robust || queue.backend() == crex::Backend::remote;
}

std::string name_of(const std::string& text, ObjectKind kind) {
    if (auto name = named_as(kind, text)) {
        return *std::move(name);
    }
    expect_no_other_kind(text, {kind});
    return with_slash(text);
}

std::string name_of_existing(const std::string& text, ObjectKind kind) {
    std::string name = name_of(text, kind);
    std::string decoded = not_printable(name);
    const bool is_shown_so =
        decoded != name && !may_be_there(kind, name) && may_be_there(kind, decoded);
    return is_shown_so ? decoded : name;
}

unsigned mode_of(const Invocation& given) {
    const std::string text = given.value("mode").value_or("600");
    unsigned mode = 0;
    const auto* const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, mode, 8);
    if (error != std::errc{} || rest != end) {
        throw UsageError{"--mode: \"" + text + "\" is no mode like 600 or 0660"};
    }
    return mode;
}

} // namespace cli
