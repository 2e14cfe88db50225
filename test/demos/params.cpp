// SPDX-License-Identifier: BSL-1.0
#include "demos/params.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include <stdlib.h>

#include "support/unique_name.hpp"

namespace test {
namespace {

std::string make_folder() {
    std::string directory = std::filesystem::temp_directory_path() / "crex-test-XXXXXX";
    if (mkdtemp(directory.data()) == nullptr) {
        throw std::runtime_error{"cannot make a directory in " + directory};
    }
    using std::filesystem::perms;
    permissions(std::filesystem::path{directory}, perms::owner_all | perms::group_read |
                                                      perms::group_exec | perms::others_read |
                                                      perms::others_exec);
    return directory;
}

} // namespace

Params::Params(const Values& changes)
    : name_{unique_name()}, semaphore_{semaphore_name()}, shared_memory_{shared_memory_name()},
      boost_queue_{message_queue_name()}, posix_queue_{message_queue_name()},
      robust_queue_{message_queue_name()}, folder_{make_folder()}, path_{folder_ +
                                                                         "/para m's.txt"} {
    lines_ = {"# Written by a test.",
              "",
              "ITERATIONS=1000",
              "LIVE_DANGEROUSLY=0",
              "SEMAPHORE_NAME=" + semaphore_name(),
              "SHARED_MEMORY_NAME=" + shared_memory_name(),
              "MESSAGE_QUEUE_NAME=" + message_queue_name(),
              "PERMISSIONS=0600",
              "SHM_SIZE=4096",
              "QUEUE_BACKEND_NAME=boost"};
    write(lines_.begin());
    for (const auto& [key, value] : changes) {
        set(key, value);
    }
}

Params::~Params() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
}

std::string Params::set(const std::string& key, const std::string& value) {
    return set_line(key, key + "=" + value);
}

std::string Params::set_line(const std::string& key, const std::string& line) {
    const auto found = find(key);
    *found = line;
    return write(found);
}

std::string Params::append(const std::string& line) {
    lines_.push_back(line);
    return write(lines_.end() - 1);
}

void Params::remove(const std::string& key) { write(lines_.erase(find(key))); }

std::vector<std::string>::iterator Params::find(const std::string& key) {
    const auto found = std::ranges::find_if(
        lines_, [&](const std::string& line) { return line.starts_with(key + "="); });
    if (found == lines_.end()) {
        throw std::logic_error{"no " + key};
    }
    return found;
}

std::string Params::write(std::vector<std::string>::iterator changed) {
    std::ofstream file{path_};
    for (const std::string& line : lines_) {
        file << line << '\n';
    }
    return path_ + ":" + std::to_string(changed - lines_.begin() + 1);
}

} // namespace test
