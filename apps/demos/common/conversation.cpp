// SPDX-License-Identifier: BSL-1.0
#include "common/conversation.hpp"

#include <array>
#include <chrono>
#include <cmath>
#include <ctime>
#include <iostream>
#include <optional>
#include <utility>

#include "common/md5.hpp"
#include "common/signals.hpp"

namespace demo {
namespace {

// The figures so far. The clock starts with the first text heard: before that, a process waits for
// the start of its peer.
class Tally {
public:
    using Clock = std::chrono::steady_clock;

    void heard() {
        if (iterations_ == 0) {
            began_ = Clock::now();
        }
    }
    void answered() { ++iterations_; }
    void corrupted() { ++corrupt_; }
    void end() { ended_ = Clock::now(); }

    [[nodiscard]] std::uint64_t iterations() const { return iterations_; }
    void report(std::optional<std::uint64_t> repeated) const;

private:
    std::uint64_t iterations_ = 0;
    int corrupt_ = 0;
    Clock::time_point began_ = Clock::now();
    std::optional<Clock::time_point> ended_; // nothing yet when an exception ends it
};

// "key: value", for human readers and for awk -F': *'.
void Tally::report(std::optional<std::uint64_t> repeated) const {
    const auto messages = 2 * iterations_; // each heard one and said one
    const std::chrono::duration<double> time = ended_.value_or(Clock::now()) - began_;
    const double rate = messages == 0 ? 0.0 : static_cast<double>(messages) / time.count();
    std::cout << "messages exchanged:  " << messages << '\n'
              << "messages corrupt:    " << corrupt_ << '\n';
    if (repeated) {
        std::cout << "messages twice:      " << *repeated << '\n';
    }
    std::cout << "messages per second: " << std::llround(rate) << '\n' << std::flush;
}

std::string time_of_day() {
    const std::time_t now = std::time(nullptr);
    tm parts{};
    localtime_r(&now, &parts);
    std::array<char, 64> text{};
    std::strftime(text.data(), text.size(), "%a %b %e %H:%M:%S %Y", &parts);
    return text.data();
}

class Conversation {
public:
    Conversation(Channel& channel, Tally& tally) : channel_{channel}, tally_{tally} {}

    bool as_premise(std::uint64_t iterations) {
        say(time_of_day());
        expected_ = md5_(said_);
        return go_on(iterations);
    }

    // Conclusion cannot know the first text, and so expects none in particular.
    bool as_conclusion(std::uint64_t iterations) { return go_on(iterations); }

private:
    bool go_on(std::uint64_t iterations) {
        while (tally_.iterations() < iterations) {
            if (!answer()) {
                return false;
            }
        }
        return true;
    }

    // Returns false when the text heard was not the expected one.
    bool answer() {
        throw_if_interrupted();
        const std::string& heard = channel_.hear(said_);
        tally_.heard();
        if (!expected_.empty() && heard != expected_) {
            tally_.corrupted();
            return false;
        }
        say(md5_(heard));
        tally_.answered();
        expected_ = md5_(said_); // now, while the peer computes its answer
        return true;
    }

    void say(std::string text) {
        said_ = std::move(text);
        channel_.say(said_);
    }

    Channel& channel_;
    Tally& tally_;
    Md5 md5_;
    std::string said_;
    std::string expected_;
};

// Leaves the figures in `tally`, whatever happens.
ExitStatus hold(Role role, Channel& channel, std::uint64_t iterations, Tally& tally) {
    Conversation conversation{channel, tally};
    const bool sound = role == Role::premise ? conversation.as_premise(iterations)
                                             : conversation.as_conclusion(iterations);
    tally.end();
    if (!sound) {
        return corruption;
    }
    if (role == Role::premise) {
        channel.finish();
    }
    return fine;
}

} // namespace

ExitStatus converse(Role role, Channel& channel, const Parameters& parameters) {
    Tally tally;
    try {
        const ExitStatus status = hold(role, channel, parameters.iterations, tally);
        if (status == corruption) {
            std::cout << channel.title() << " corruption after " << tally.iterations()
                      << " iterations.\n";
        }
        tally.report(channel.repeated());
        return status;
    } catch (...) {
        tally.report(channel.repeated());
        throw;
    }
}

} // namespace demo
