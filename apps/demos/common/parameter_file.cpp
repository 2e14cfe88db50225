// SPDX-License-Identifier: BSL-1.0
#include "common/parameter_file.hpp"

#include <cerrno>
#include <fstream>
#include <system_error>

#include "common/errors.hpp"

namespace demo {
namespace {

std::string trimmed(const std::string& text) {
    constexpr const char* spaces = " \t\r\v\f";
    const auto begin = text.find_first_not_of(spaces);
    if (begin == text.npos) {
        return {};
    }
    return text.substr(begin, text.find_last_not_of(spaces) - begin + 1);
}

Entry entry_from(const std::string& line, const std::string& place) {
    const auto equals = line.find('=');
    if (equals == line.npos) {
        throw UsageError{place + ": " + line + ": there is no '=', as in KEY=VALUE"};
    }
    Entry entry{place, trimmed(line.substr(0, equals)), trimmed(line.substr(equals + 1))};
    if (entry.key.empty()) {
        throw UsageError{place + ": " + line + ": there is no key before the '='"};
    }
    if (entry.value.find('=') != entry.value.npos) {
        throw UsageError{place + ": " + entry.key + ": there is a second '='"};
    }
    if (entry.value.find(" #") != entry.value.npos || entry.value.find("\t#") != entry.value.npos) {
        throw UsageError{place + ": " + entry.key + ": a comment needs a line of its own"};
    }
    return entry;
}

} // namespace

std::vector<Entry> read_parameter_file(const std::string& path) {
    std::vector<Entry> entries;
    std::ifstream file{path};
    std::string line;
    for (int number = 1; std::getline(file, line); ++number) {
        line = trimmed(line);
        if (!line.empty() && line.front() != '#') {
            entries.push_back(entry_from(line, path + ":" + std::to_string(number)));
        }
    }
    if (!file.eof()) { // it could not be opened, or not be read to its end
        throw UsageError{path + ": " + std::generic_category().message(errno) +
                         " (--params names another file)"};
    }
    return entries;
}

} // namespace demo
