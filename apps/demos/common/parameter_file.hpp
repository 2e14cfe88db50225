// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>
#include <vector>

namespace demo {

// One KEY=VALUE of a params.txt.
struct Entry {
    std::string place; // "params.txt:12"
    std::string key;
    std::string value;
};

// The entries of a file of KEY=VALUE lines. Blank lines and lines that begin with # are skipped;
// spaces around key and value do not count. The caller checks whether the keys exist.
//
// Throws UsageError for a file that cannot be read, a line without '=', and what a simple parser in
// another language would read differently: a second '=', a comment behind a value.
std::vector<Entry> read_parameter_file(const std::string& path);

} // namespace demo
