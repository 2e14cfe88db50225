// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>

#include "contract/queue_fixture.hpp"
#include "helpers/outcome.hpp"
#include "support/eventually.hpp"
#include "support/kinds.hpp"

// Of this machine, or of a server.
#include <waiting_receiver.hpp>

namespace test {

template <class Kind> struct NotificationFixture : QueueFixture<Kind> {
    std::atomic<int> told{0};

    void ask() {
        this->queue.request_notification([this] { ++told; });
    }
    // Requests a notification only if this process has no request pending.
    void ask_once(crex::MessageQueue& handle) {
        handle.request_notification([this] { ++told; }, crex::SecondRequest::is_busy);
    }
    void expect_told(int times) {
        BOOST_TEST(eventually([&] { return told >= times; }));
        BOOST_TEST(told == times);
    }
    // A peer that is registered as waiting for a message.
    [[nodiscard]] Process start_receiving() {
        auto receiver = this->start_waiting("receive");
        await_waiting_receiver<Kind>(this->name);
        return receiver;
    }
    // Whether a request is pending. Another process checks that: closing a handle in this process
    // would end a request to the kernel.
    [[nodiscard]] bool is_asked_for() { return this->start("ask-briefly").wait() == busy_error; }
};

} // namespace test
