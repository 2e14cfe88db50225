// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <filesystem>
#include <string>

#include "verb.hpp"

// The manual, made from the verbs' descriptions: for the terminal (--help) and for man(1).

namespace cli {

// For all verbs, for the verbs that begin with a word such as "mq", and for one verb.
std::string help();
std::string help(const std::string& first);
std::string help(const Verb& verb);

// In roff: crex(1), or the page of one verb, as "crex-mq-send(1)" for "mq send".
std::string man_page();
std::string man_page(const Verb& verb);

// Writes all pages into a directory.
void write_man_pages(const std::filesystem::path& directory);

} // namespace cli
