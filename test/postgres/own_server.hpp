// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>

namespace test {

/// A PostgreSQL server of a test's own, whose commits are on disk. It is gone with this object.
class OwnServer {
public:
    /// With these lines of its configuration, `NAME=VALUE`, as words of a shell.
    explicit OwnServer(const std::string& configuration = {});

    /// A copy of that server, which follows it.
    static OwnServer standby_of(const OwnServer& primary);

    ~OwnServer();
    OwnServer(const OwnServer&) = delete;
    OwnServer& operator=(const OwnServer&) = delete;

    /// Of a connection.
    [[nodiscard]] std::string parameters() const { return "host=" + directory_ + others; }
    [[nodiscard]] const std::string& directory() const { return directory_; }
    static constexpr const char* others = " user=crex dbname=postgres";

    void kill() const { run("kill"); }
    void kill_and_restart() const { run("restart"); }
    void promote() const { run("promote"); }

private:
    struct NotStarted {};
    explicit OwnServer(NotStarted);
    OwnServer(NotStarted, const OwnServer& primary);

    void run(const std::string& action, const std::string& arguments = {}) const;

    std::string directory_;
};

} // namespace test
