// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>
#include <vector>

#include <crex/inventory.hpp>
#include <crex/message_queue.hpp>

#include "invocation.hpp"

// Which object a verb is to use.

namespace cli {

struct Target {
    crex::ObjectKind kind;
    std::string name; // with its slash
};

// What "NAME" or "KIND:NAME" means, of these kinds. Without a kind, all are searched. Throws
// Failure when there is no such object, UsageError when there are several, or when the kind is
// another.
Target target_of(const std::string& text, const std::vector<crex::ObjectKind>& kinds);

// The first argument as a queue, or a semaphore: of the backend that --backend names, if it is
// given.
Target resolve_queue(const Invocation& given);
Target resolve_semaphore(const Invocation& given);

// The backend of "robust", "boost" and "posix". Throws UsageError for others.
crex::Backend backend_called(const std::string& word);

// The kind of a queue of that backend.
crex::ObjectKind kind_of(crex::Backend backend);

// Opens a queue that exists. `may` says what the handle is for.
enum class May { receive, send, both };
crex::MessageQueue open_queue(const Invocation& given, May may);
crex::MessageQueue open_queue(const std::string& text, crex::Server* at, May may);

// Whether the queue leases messages, keeps statistics and can be peeked into.
bool has_leases(const crex::MessageQueue& queue);

// The name alone, where only one kind is possible: "shm:/name", "/name" and "name" are equal.
// Throws UsageError when the text has another kind.
std::string name_of(const std::string& text, crex::ObjectKind kind);

// The name of an object that exists; the text may also give it as printable() shows it.
std::string name_of_existing(const std::string& text, crex::ObjectKind kind);

// The mode of --mode; 600 unless it is given.
unsigned mode_of(const Invocation& given);

} // namespace cli
