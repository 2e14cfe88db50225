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

// What "NAME" or "KIND:NAME" means, of these kinds. Unless the kind is said, it is looked for;
// Failure when there is none, UsageError when there are several, or the kind said is another.
Target target_of(const std::string& text, const std::vector<crex::ObjectKind>& kinds);

// The first argument as a queue, or a semaphore: of the backend that --backend names, if it does.
Target resolve_queue(const Invocation& given);
Target semaphore_meant(const Invocation& given);

// What "robust", "boost" and "posix" stand for. Throws UsageError for others.
crex::Backend backend_called(const std::string& word);

// Of a queue.
crex::ObjectKind kind_of(crex::Backend backend);

// A queue that is there. `may` says what the handle is for.
enum class May { receive, send, both };
crex::MessageQueue open_queue(const Invocation& given, May may);

// The name alone, where there is but one kind: "shm:/name", "/name" and "name" are the same. Throws
// UsageError where the text says another kind.
std::string name_of(const std::string& text, crex::ObjectKind kind);

// The same of an object that is there, whose name may also be given as printable() shows it.
std::string name_of_existing(const std::string& text, crex::ObjectKind kind);

// What --mode says; 600 unless it is given.
unsigned mode_of(const Invocation& given);

} // namespace cli
