// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <filesystem>
#include <string>

namespace cli {

// The scripts with which bash, zsh and fish complete verbs, options and the names of existing
// objects. They are written into a directory under the names that the shells look for.
void write_completions(const std::filesystem::path& directory);

// The names that can be completed, one a line, for the scripts.
std::string names_to_complete();

// The services that libpq's service files describe, each after `prefix`, one a line.
std::string services_to_complete(const std::string& prefix);

} // namespace cli
