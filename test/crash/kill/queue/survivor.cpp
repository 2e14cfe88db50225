// SPDX-License-Identifier: BSL-1.0
#include "survivor.hpp"

#include <algorithm>

#include <crex/crex.hpp>

#include "support/polled.hpp"

namespace crash {

namespace {

// In a robust queue, a waiter checks again at least this often.
constexpr milliseconds recheck{50};

void demand(bool holds, const std::string& what) {
    if (!holds) {
        throw Complaint{Fault::other, what};
    }
}

} // namespace

template <class Body> auto Survivor::timed(Body&& body) {
    const auto begin = std::chrono::steady_clock::now();
    auto result = body();
    slowest_ = std::max(slowest_, std::chrono::steady_clock::now() - begin);
    return result;
}

// The messages sent here leave each slot with the same bytes, except for the message's name.
void Survivor::create(const std::string& name, std::size_t message_size) {
    newcomer_.reset();
    queue_.reset();
    name_ = name;
    queue_ = subject_.create(name, shape_);
    slowest_ = {};
    for (std::size_t i = 0; i < 2 * shape_.capacity - 3; ++i) {
        queue_->send(item("use", 0, message_size));
        (void)queue_->receive();
    }
}

bool Survivor::open_or_create(const std::string& name) {
    name_ = name;
    queue_ = timed([&] { return subject_.open(name_); });
    const bool was_there = queue_ != nullptr;
    if (!was_there) {
        queue_ = subject_.create(name_, shape_);
    }
    return was_there;
}

void Survivor::go_on(First first, const Outcomes& possible, bool may_shut_down, bool may_unlink) {
    expected_ = Expectation{possible};
    alone_ = first == First::stays_alone;
    try {
        begin(first);
        if (!alone_) {
            come_anew(may_unlink);
        }
        drain();
        fill_and_drain(false);
        fill_and_drain(true);
        see_that_all_is_in_order();
    } catch (const crex::ShutdownError& error) {
        demand(may_shut_down, error.what());
        see_that_it_is_shut_down();
    }
}

// A process that only polls must see every sent message. It need not see one that a dead process
// had leased.
void Survivor::see_that_poll_sees_it() {
    const bool readable = test::is_readable(queue_->crex()->ready_fd());
    const auto got = queue_->try_receive();
    if (got) {
        const bool was_leased = expected_.may_be_away(*got);
        expected_.received(*got);
        if (!readable && !was_leased) {
            throw Complaint{Fault::other, name_of(*got) + " was there and poll(2) did not see it"};
        }
    }
}

void Survivor::begin(First first) {
    if (shape_.polled && first == First::receives) {
        see_that_poll_sees_it();
    }
    const bool has_room = expected_.at_most() < shape_.capacity;
    const bool has_some = expected_.at_least() > 0;
    if ((first == First::sends && has_room) || (first == First::receives && !has_some)) {
        send(*queue_, item("S", 2));
    } else if (first == First::receives || first == First::sends) {
        receive(*queue_, patience_.call);
    } else if (first == First::looks) {
        look();
    } else if (first == First::lends && has_room) {
        lend();
    } else if (first == First::leases && has_some) {
        lease();
    } else if (first == First::sends_many && has_room) {
        send_many();
    }
}

// Waits without a limit: the process that gave the command calls that a hang.
void Survivor::send(Queue& queue, const Item& item) {
    timed([&] {
        queue.send(item);
        return true;
    });
    expected_.sent(item);
}

bool Survivor::receive(Queue& queue, milliseconds timeout) {
    const auto slowest = slowest_;
    const auto got = timed([&] {
        return timeout > milliseconds{0} ? queue.receive_for(timeout) : queue.try_receive();
    });
    if (got) {
        expected_.received(*got);
    } else {
        slowest_ = slowest; // nothing came, so the time does not count
    }
    return got.has_value();
}

void Survivor::look() {
    (void)timed([&] { return queue_->crex()->stats(); });
    const auto first = timed([&] { return queue_->crex()->peek(); });
    if (first && shape_.max_attempts == 0) { // otherwise it may be a dead letter
        expected_.seen_first({first->body, first->priority});
    }
    (void)queue_->crex()->current_messages();
}

void Survivor::lend() {
    const Item sent = item("S", 2);
    auto loan = timed([&] { return queue_->crex()->loan(sent.body.size()); });
    const auto bytes = std::as_bytes(std::span{sent.body});
    std::copy(bytes.begin(), bytes.end(), loan.bytes().begin());
    timed([&] {
        loan.send(sent.priority);
        return true;
    });
    expected_.sent(sent);
}

void Survivor::lease() {
    auto lease = timed([&] { return queue_->crex()->try_lease(patience_.call); });
    demand(lease.has_value(), "no lease to be had");
    const auto bytes = lease->bytes();
    expected_.received(
        {{reinterpret_cast<const char*>(bytes.data()), bytes.size()}, lease->priority()});
    timed([&] {
        lease->ack();
        return true;
    });
}

void Survivor::send_many() {
    const Item sent = item("S", 2);
    const std::vector<std::string_view> bodies{sent.body};
    demand(timed([&] { return queue_->crex()->send_many(bodies, {}, 2); }) == 1, "sent none");
    expected_.sent(sent);
}

void Survivor::come_anew(bool may_unlink) {
    try {
        newcomer_ = timed([&] { return subject_.open(name_); });
    } catch (const crex::ExistentialError&) {
    }
    demand(newcomer_ != nullptr || may_unlink, "the name is gone");
    if (newcomer_) {
        expected_.all_are_back();
    }
}

// A dead process's lease comes back when another process opens the queue or waits in it.
void Survivor::drain() {
    while (expected_.at_least() > 0) {
        if (!receive(expected_.at_least() % 2 == 0 ? *queue_ : other(), patience_.call)) {
            break;
        }
    }
    const auto more_may_come = [&] { return expected_.at_most() > 0 || shape_.max_attempts > 0; };
    while (receive(*queue_, alone_ && more_may_come() ? 4 * recheck : milliseconds{0})) {
    }
    expected_.is_empty();
}

void Survivor::fill_and_drain(bool several_priorities) {
    Expectation expected{{{}}};
    for (std::size_t i = 0; i < shape_.capacity; ++i) {
        const auto priority = several_priorities ? static_cast<unsigned>(i * 5 % 3) : 0U;
        const Item sent = item('f', i, priority);
        Queue& queue = i % 2 == 0 ? *queue_ : other();
        demand(timed([&] {
                   return alone_ ? queue.send_for(patience_.call, sent) : queue.try_send(sent);
               }),
               "room for only " + std::to_string(i) + " of " + std::to_string(shape_.capacity));
        expected.sent(sent);
    }
    demand(!timed([&] { return queue_->try_send(item("one more")); }), "room for one more");
    for (std::size_t i = 0; i < shape_.capacity; ++i) {
        const auto got = timed([&] { return (i % 2 == 0 ? other() : *queue_).try_receive(); });
        demand(got.has_value(), "nothing to take from a full queue");
        expected.received(*got);
    }
    demand(!timed([&] { return queue_->try_receive(); }), "something in an empty queue");
}

void Survivor::see_that_all_is_in_order() {
    if (subject_.is_robust) {
        const auto stats = queue_->crex()->stats();
        demand(stats.quarantined == 0, "rooms out of use");
        demand(!newcomer_ || stats.participants == 2, // opening reaps the dead participants
               "participants: " + std::to_string(stats.participants));
        demand(queue_->crex()->current_messages() == 0, "messages in an empty queue");
    }
}

// Some calls may have succeeded before. The waiting messages are received, and then no more.
void Survivor::see_that_it_is_shut_down() {
    demand(queue_->crex()->is_shut_down(), "a ShutdownError from a queue not shut down");
    try {
        while (receive(*queue_, patience_.call)) {
        }
        demand(false, "a wait in a queue shut down");
    } catch (const crex::ShutdownError&) {
        expected_.is_empty();
    }
    try {
        queue_->send(item("too late"));
        demand(false, "a send to a queue shut down");
    } catch (const crex::ShutdownError&) {
        newcomer_.reset();
    }
}

} // namespace crash
