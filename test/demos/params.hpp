// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include "support/kinds.hpp"

namespace test {

/// A params.txt in a directory of its own, with object names of its own. The destructor removes the
/// directory and the objects.
class Params {
public:
    using Values = std::map<std::string, std::string>;

    /// `changes` are applied to a conversation of 1000 iterations; any user may read the file.
    explicit Params(const Values& changes = {});
    ~Params();
    Params(const Params&) = delete;
    Params& operator=(const Params&) = delete;

    [[nodiscard]] const std::string& path() const { return path_; }

    [[nodiscard]] std::string semaphore_name() const { return name_ + "-semaphore"; }
    [[nodiscard]] std::string shared_memory_name() const { return name_ + "-memory"; }
    [[nodiscard]] std::string message_queue_name() const { return name_ + "-queue"; }

    // These rewrite the file. They return the "PATH:LINE" of the line that they wrote.
    std::string set(const std::string& key, const std::string& value);
    std::string set_line(const std::string& key, const std::string& line);
    std::string append(const std::string& line);
    void remove(const std::string& key);

private:
    std::vector<std::string>::iterator find(const std::string& key);
    std::string write(std::vector<std::string>::iterator changed);

    std::string name_;
    Removed<Semaphores> semaphore_;
    Removed<SharedMemories> shared_memory_;
    Removed<BoostQueues> boost_queue_;
    Removed<PosixQueues> posix_queue_;
    Removed<RobustQueues> robust_queue_;
    std::string folder_;
    std::string path_;
    std::vector<std::string> lines_;
};

} // namespace test
