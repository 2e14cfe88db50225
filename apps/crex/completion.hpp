// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <filesystem>
#include <string>

namespace cli {

// The scripts with which bash, zsh and fish complete verbs, options and the names of objects that
// there are; written into a directory under the names that the shells look for.
void write_completions(const std::filesystem::path& directory);

// What a script asks for: the names of objects, one a line, that can be completed.
std::string names_to_complete();

} // namespace cli
