// SPDX-License-Identifier: BSL-1.0
#include "crash/corruption/exerciser.hpp"

#include <algorithm>
#include <span>
#include <string_view>
#include <vector>

#include "crash/corruption/situation.hpp"

namespace hostile {

using namespace std::chrono_literals;

void QueueExerciser::check_time(const char* name, std::chrono::milliseconds timeout,
                                std::chrono::steady_clock::duration took) const {
    if (took > timeout + slack_) {
        const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(took).count();
        throw BrokenRule{std::string{name} + " took " + std::to_string(ms) + " ms", true};
    }
}

void QueueExerciser::check(bool holds, const char* what) {
    if (!holds) {
        throw BrokenRule{what};
    }
}

// Reads all bytes, so that AddressSanitizer checks them.
void QueueExerciser::look_at(std::span<const std::byte> bytes) {
    check(bytes.size() <= item_size, "more bytes than a message can have");
    for (const std::byte byte : bytes) {
        sum_ += static_cast<unsigned>(byte);
    }
}

void QueueExerciser::prepare(crex::MessageQueue& queue) {
    if (random_.one_in(2)) {
        run("try_loan before the damage", no_wait, [&] { loan_ = queue.try_loan(20); });
    }
    if (random_.one_in(2)) {
        run("try_lease before the damage", no_wait, [&] { lease_ = queue.try_lease(); });
    }
}

void QueueExerciser::exercise(crex::MessageQueue& queue) {
    churn(queue);
    finish_prepared();
    look(queue);
    if (random_.one_in(8)) {
        run("shutdown", untimed, [&] { queue.shutdown(); });
    }
    repair(queue);
    if (last_ == success) {
        use_repaired(queue);
    }
}

void QueueExerciser::churn(crex::MessageQueue& queue) {
    if (random_.one_in(2)) {
        send(queue);
        receive(queue);
    } else {
        receive(queue);
        send(queue);
    }
    lend(queue);
}

void QueueExerciser::send(crex::MessageQueue& queue) {
    const std::string body(random_.below(item_size + 1), 's');
    run("try_send", no_wait, [&] { (void)queue.try_send(body); });
    run("send", timeout_,
        [&] { queue.send(body, timeout_, static_cast<unsigned>(random_.below(70))); });
    const std::vector<std::string_view> bodies{body, "", body};
    run("send_many", timeout_, [&] {
        check(queue.send_many(bodies, timeout_, 2) <= bodies.size(), "sent more than there are");
    });
}

void QueueExerciser::receive(crex::MessageQueue& queue) {
    run("try_receive", no_wait, [&] {
        if (const auto message = queue.try_receive()) {
            look_at(std::as_bytes(std::span{message->body}));
            check(message->priority <= crex::queue_priority_max, "a priority that cannot be");
        }
    });
    // The buffer is on the heap and as small as possible, so that AddressSanitizer sees a write
    // beyond it.
    std::vector<std::byte> buffer(item_size);
    run("receive_into", timeout_, [&] {
        const auto received = queue.receive_into(buffer, timeout_);
        look_at(std::span{buffer}.first(std::min(received.size, buffer.size())));
        check(received.size <= item_size, "more bytes than a message can have");
    });
    std::vector<std::byte> buffers(item_size * 2);
    std::vector<crex::ReceivedMessage> received(2);
    run("receive_many_into", timeout_, [&] {
        const std::size_t count = queue.receive_many_into(buffers, received, timeout_);
        check(count <= received.size(), "received more than there is room for");
        for (std::size_t i = 0; i < count; ++i) {
            check(received[i].size <= item_size, "more bytes than a message can have");
        }
    });
    run("receive_many", timeout_, [&] {
        const auto messages = queue.receive_many(2, timeout_);
        check(messages.size() <= 2, "received more than was asked for");
    });
}

void QueueExerciser::lend(crex::MessageQueue& queue) {
    std::optional<crex::Loan> loan;
    run("try_loan", timeout_,
        [&] { loan = queue.try_loan(random_.below(item_size + 1), timeout_); });
    if (loan) {
        std::fill(loan->bytes().begin(), loan->bytes().end(), std::byte{'l'});
        if (!random_.one_in(4)) {
            run("Loan::send", untimed, [&] { loan->send(9); });
        }
        run("~Loan", untimed, [&] { loan.reset(); });
    }
    std::optional<crex::Lease> lease;
    run("try_lease", timeout_, [&] { lease = queue.try_lease(timeout_); });
    if (lease) {
        look_at(lease->bytes());
        check(lease->priority() <= crex::queue_priority_max, "a priority that cannot be");
        if (random_.one_in(2)) {
            run("Lease::ack", untimed, [&] { lease->ack(); });
        } else if (random_.one_in(2)) {
            run("Lease::nack", untimed, [&] { lease->nack(); });
        }
        run("~Lease", untimed, [&] { lease.reset(); });
    }
}

void QueueExerciser::look(crex::MessageQueue& queue) {
    run("peek", untimed, [&] {
        if (const auto message = queue.peek()) {
            look_at(std::as_bytes(std::span{message->body}));
        }
    });
    run("stats", untimed, [&] { (void)queue.stats(); });
    run("is_shut_down", no_wait, [&] { (void)queue.is_shut_down(); });
    run("current_messages", no_wait, [&] { (void)queue.current_messages(); });
    run("max_messages", no_wait, [&] {
        check(queue.max_messages() == capacity && queue.max_message_size() == item_size,
              "the queue has changed its size");
    });
}

// Finishes the loan and the lease that were taken before the damage.
void QueueExerciser::finish_prepared() {
    if (loan_) {
        std::fill(loan_->bytes().begin(), loan_->bytes().end(), std::byte{'p'});
        run("Loan::send_prefix", untimed, [&] { loan_->send_prefix(5, 1); });
        run("~Loan", untimed, [&] { loan_.reset(); });
    }
    if (lease_) {
        look_at(lease_->bytes());
        if (random_.one_in(2)) {
            run("Lease::ack", untimed, [&] { lease_->ack(); });
        }
        run("~Lease", untimed, [&] { lease_.reset(); });
    }
}

void QueueExerciser::repair(crex::MessageQueue& queue) {
    run("repair", untimed, [&] { queue.repair(); });
}

// Nothing may be corrupt after repair().
void QueueExerciser::use_repaired(crex::MessageQueue& queue) {
    const auto works = [&](const char* name, auto operation) {
        run(name, no_wait, operation);
        check(last_ != corrupt, "corrupt right after repair()");
    };
    works("try_receive after repair", [&] { (void)queue.try_receive(); });
    works("try_send after repair", [&] { (void)queue.try_send("r"); });
    works("try_lease after repair", [&] { (void)queue.try_lease(); });
    works("try_loan after repair", [&] { (void)queue.try_loan(1); });
}

} // namespace hostile
