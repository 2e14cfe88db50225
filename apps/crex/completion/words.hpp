// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>
#include <vector>

#include "verb.hpp"

// The words of the scripts for the shells.

namespace cli {

struct Spelling {
    std::string letter; // "o"; empty for none
    std::string word;   // "columns"
};
Spelling spelling_of(const Option& option);

// The verb's own options and the common ones.
std::vector<Option> all_options_of(const Verb& verb);

// "mq" and "send"; `second` is empty for most verbs.
struct VerbWords {
    std::string first;
    std::string second;
};
VerbWords words_of(const Verb& verb);

// All first words of a command line; or the second words of the verbs that begin with `first`.
std::vector<std::string> first_words();
std::vector<std::string> second_words(const std::string& first);

// The values of its first argument, from "sem|shm|mq|ring NAME"; none when it may be anything.
std::vector<std::string> first_arguments(const Verb& verb);

// The values of an option, from the name that the option gives its value.
struct Values {
    enum class Are { anything, words, list, users, names, services, servers };
    Are are = Are::anything; // a list has several of the words, with commas between them
    std::vector<std::string> words;
};
Values values_of(const Verb& verb, const Option& option);

std::string joined(const std::vector<std::string>& words, const char* between = " ");

// The text as one word for a shell.
std::string shell_quoted(const std::string& text);

// The commands that list the names of objects, and of the services of PostgreSQL.
inline constexpr const char* names_command = "crex --names 2>/dev/null";
inline constexpr const char* services_command = "crex --services 2>/dev/null";
// As "service=NAME".
inline constexpr const char* servers_command = "crex --servers 2>/dev/null";

std::string bash_completion();
std::string zsh_completion();
std::string fish_completion();

} // namespace cli
