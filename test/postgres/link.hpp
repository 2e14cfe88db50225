// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <mutex>
#include <thread>
#include <vector>

#include "postgres/descriptor.hpp"

namespace test {

/// Connections by TCP to a port of this machine, through a socket in between that can fail.
class Link {
public:
    explicit Link(int port_behind);
    ~Link();
    Link(const Link&) = delete;
    Link& operator=(const Link&) = delete;

    [[nodiscard]] int port() const { return port_; }

    /// From now on nothing passes, as if a cable were out: each side hears nothing, not even what
    /// the other one's kernel says.
    void freeze() { set_frozen(true); }
    void thaw() { set_frozen(false); }

    /// An unused port of this machine.
    static int unused_port();

private:
    struct Pair {
        Descriptor client;
        Descriptor server;
    };

    void run();
    void accept_one();
    void set_frozen(bool is_frozen);

    int port_behind_;
    Descriptor listener_;
    int port_;
    Descriptor wake_;
    std::atomic<bool> is_ending_{false};
    std::mutex mutex_;
    bool is_frozen_ = false;
    std::vector<Pair> pairs_;
    std::jthread thread_;
};

} // namespace test
