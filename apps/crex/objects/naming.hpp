// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <crex/inventory.hpp>

// The names of objects on the command line.

namespace cli {

// A name as the system has it: with a slash in front.
std::string with_slash(const std::string& name);

// "sem:/name", "sysv-shm:3": unlike the name alone, never ambiguous.
std::string full_name(const crex::Object& object);

// "/NAME", or "/NAME (deleted)" of what has no name any more, as the kernel shows it.
std::string shown_name(const crex::Object& object);

// The objects that a user may mean by "/name", "name", "KIND:NAME", "sysv-shm:3" or "key:0x5354".
std::vector<crex::Object> meant_by(const std::string& text,
                                   const std::vector<crex::Object>& objects);

// Throws UsageError when no object can be called that.
void expect_possible(const std::string& text);

// Throws Failure when the object that was not found may exist: a kernel queue, where kernel queues
// cannot be listed.
void expect_not_hidden(const std::string& text, const crex::Inventory& inventory);

// The only object meant. Throws Failure when there is none, UsageError with the candidates when
// there are several.
crex::Object the_one_meant_by(const std::string& text, const crex::Inventory& inventory);

// Whether its name begins with the text, "P..." or "KIND:P...", with or without the slash. System
// V's objects have only their kinds as names.
bool begins_with(const std::string& text, const crex::Object& object);

// The kinds of "sem", "shm", "mq", "sysv" and "all", or one kind. Throws UsageError for others.
std::function<bool(crex::ObjectKind)> kinds_called(const std::string& text);

// All words that kinds_called() accepts.
std::vector<std::string> words_for_kinds();

// Replaces all that a terminal would not simply show by \xHH, byte by byte: control characters,
// bytes that are no UTF-8, and the backslash itself.
std::string printable(const std::string& text);

// The bytes of a text that printable() made. Names are accepted in both forms.
std::string not_printable(const std::string& text);

} // namespace cli
