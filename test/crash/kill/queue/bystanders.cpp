// SPDX-License-Identifier: BSL-1.0
#include "bystanders.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <thread>

#include "support/process.hpp"
#include "support/unique_name.hpp"

namespace crash {

using namespace std::chrono_literals;

namespace {

// A process that has the queue open all the time. The command's argument is the number of its
// message.
class Worker {
public:
    Worker(const Subject& subject, std::string name) : subject_{subject}, name_{std::move(name)} {}

    Report handle(const Command& command) {
        if (!queue_) {
            queue_ = subject_.open(name_);
        }
        const auto begin = std::chrono::steady_clock::now();
        const std::string answer = carry_out(command);
        const auto took = std::chrono::steady_clock::now() - begin;
        return report(Fault::none, answer, static_cast<int>(took / 1ms));
    }

private:
    std::string carry_out(const Command& command) {
        switch (command.verb) {
        case Bystanders::send:
            queue_->send(item('m', static_cast<std::size_t>(command.argument)));
            return "sent";
        case Bystanders::receive:
            return name_of(queue_->receive());
        default:
            return std::to_string(queue_->count());
        }
    }

    const Subject& subject_;
    std::string name_;
    std::unique_ptr<Queue> queue_;
};

std::string checked(const Report& answer) {
    if (answer.fault != Fault::none) {
        throw Complaint{answer.fault, answer.text.data()};
    }
    return answer.text.data();
}

} // namespace

Bystanders::Bystanders(const Subject& of, WaitOptions patience)
    : subject{of}, name{test::unique_name()}, patience_{patience}, survivor_{worker()},
      waiting_{worker()} {
    (void)of.create(name, {.capacity = capacity});
}

CommandProcess::Handler Bystanders::worker() const {
    const auto worker = std::make_shared<Worker>(subject, name);
    return [worker](const Command& command) { return worker->handle(command); };
}

void Bystanders::let_wait(const Command& what) {
    if (!is_waiting_) {
        waiting_.tell(what);
        wait_until_asleep(waiting_.pid());
        is_waiting_ = true;
    }
}

std::string Bystanders::survivor_must(const Command& what) {
    return checked(survivor_.ask(what, patience_.all));
}

std::string Bystanders::waiter_must_answer() {
    const auto begin = std::chrono::steady_clock::now();
    const std::string answer = checked(waiting_.answer(patience_.all));
    const auto took = std::chrono::steady_clock::now() - begin;
    slowest_ms_ = std::max(slowest_ms_, static_cast<int>(took / 1ms));
    is_waiting_ = false;
    return answer;
}

bool Bystanders::waiter_gets_on(const Signs& signs) {
    const auto until = std::chrono::steady_clock::now() + patience_.all;
    while (!waiting_.has_answered(5ms)) {
        if (const auto doubtful = signs(); doubtful && !waiting_.has_answered(*doubtful)) {
            return false;
        }
        if (std::chrono::steady_clock::now() > until) {
            throw Complaint{Fault::hung, "the waiter does not get on"};
        }
    }
    return true;
}

void Bystanders::wait_until_asleep(pid_t pid) {
    while (test::state_of(pid) != 'S') {
        std::this_thread::sleep_for(100us);
    }
}

std::string name_of_message(std::size_t number) { return name_of(item('m', number)); }

void expect_name(const std::string& got, const std::string& wanted) {
    if (got != wanted) {
        throw Complaint{Fault::other, got + " came instead of " + wanted};
    }
}

} // namespace crash
