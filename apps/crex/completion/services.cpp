// SPDX-License-Identifier: BSL-1.0
#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "completion/completion.hpp"

namespace cli {
namespace {

// Where libpq looks for services: in the user's file, and in the system's.
// NOLINTBEGIN(concurrency-mt-unsafe): there is one thread
std::vector<std::filesystem::path> service_files() {
    const auto value = [](const char* name) -> std::string {
        const char* const text = std::getenv(name);
        return text != nullptr ? text : "";
    };
    const std::string file = value("PGSERVICEFILE");
    const std::string directory = value("PGSYSCONFDIR");
    return {file.empty() ? value("HOME") + "/.pg_service.conf" : file,
            (directory.empty() ? "/etc/postgresql-common" : directory) + "/pg_service.conf"};
}
// NOLINTEND(concurrency-mt-unsafe)

// The NAME of a line "[NAME]"; empty for other lines, and for names that --at does not take.
std::string service_in(const std::string& line) {
    const auto end = line.find(']');
    if (!line.starts_with('[') || end == line.npos) {
        return {};
    }
    std::string name = line.substr(1, end - 1);
    const bool is_plain = std::all_of(name.begin(), name.end(), [](unsigned char c) {
        return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.';
    });
    return is_plain ? name : std::string{};
}

} // namespace

std::string services_to_complete(const std::string& prefix) {
    std::set<std::string> names;
    for (const auto& path : service_files()) {
        std::ifstream file{path};
        for (std::string line; std::getline(file, line);) {
            if (std::string name = service_in(line); !name.empty()) {
                names.insert(std::move(name));
            }
        }
    }
    std::string text;
    for (const std::string& name : names) {
        text.append(prefix).append(name).append("\n");
    }
    return text;
}

} // namespace cli
