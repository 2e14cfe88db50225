// SPDX-License-Identifier: BSL-1.0
#include "process/interruption.hpp"

#include <atomic>
#include <chrono>
#include <csignal>
#include <thread>

#include "process/signals.hpp"

namespace cli {
namespace {

class Interruption {
public:
    explicit Interruption(std::chrono::milliseconds grace)
        : grace_{grace}, signals_{ending_signals()}, token_{source_.get_token()} {
        sigaddset(&signals_, SIGPIPE);
        pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
        std::thread{[this] { stand_by(); }}.detach();
    }

    [[nodiscard]] const std::stop_token& token() const { return token_; }

    void die_if_asked() const {
        if (const int signal = number_) {
            die_of(signal);
        }
    }

private:
    [[noreturn]] void stand_by() {
        int signal = 0;
        while (sigwait(&signals_, &signal) != 0) {
        }
        number_ = signal;
        source_.request_stop();
        std::signal(signal, SIG_DFL);
        pthread_sigmask(SIG_UNBLOCK, &signals_, nullptr);
        std::this_thread::sleep_for(grace_);
        die_of(signal);
    }

    std::chrono::milliseconds grace_;
    sigset_t signals_;
    std::stop_source source_;
    std::stop_token token_;
    std::atomic<int> number_{0};
};

// Never destroyed, since its thread never ends.
Interruption& the_one(std::chrono::milliseconds grace = usual_grace) {
    static auto* const interruption = new Interruption{grace};
    return *interruption;
}

} // namespace

const std::stop_token& interruption(std::chrono::milliseconds grace) {
    return the_one(grace).token();
}

void end_if_interrupted() { the_one().die_if_asked(); }

crex::Timeout timeout_of(const Invocation& given) {
    const auto limit = given.duration("timeout");
    return limit ? crex::Timeout{*limit} : crex::no_timeout;
}

crex::Timeout timeout_from(const Invocation& given) { return {timeout_of(given), interruption()}; }

} // namespace cli
