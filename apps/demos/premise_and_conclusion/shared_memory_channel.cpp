// SPDX-License-Identifier: BSL-1.0
#include "premise_and_conclusion/shared_memory_channel.hpp"

#include <chrono>
#include <utility>

#include "common/waiting.hpp"

namespace demo {

using namespace std::chrono_literals;

SharedMemoryChannel::SharedMemoryChannel(Role role, Objects objects, const Parameters& parameters)
    : creations_{std::move(objects.creations)}, semaphore_{std::move(objects.semaphore)},
      guarded_{!parameters.live_dangerously}, text_{std::move(objects.memory)},
      watchdog_{role, objects.id, parameters.patience}, narrate_{role, parameters.quiet} {}

void SharedMemoryChannel::say(const std::string& text) {
    narrate_("writing ", text);
    text_.write(text);
    if (guarded_) {
        narrate_("Releasing the semaphore");
    }
    release();
}

const std::string& SharedMemoryChannel::hear(const std::string& said) {
    if (guarded_) {
        narrate_("Waiting to acquire the semaphore");
    }
    if (!hear_quickly(said)) {
        if (watchdog_.expects_a_stranger()) {
            narrate_.now("Waiting for Mrs Conclusion to be started");
        }
        watchdog_.await([&] { return look(said); });
    }
    if (guarded_) {
        narrate_("Acquired the semaphore");
    }
    narrate_("read ", heard_);
    watchdog_.heard();
    return heard_;
}

bool SharedMemoryChannel::hear_quickly(const std::string& said) {
    QuickWait wait;
    do {
        if (!text_.begins_like(said) && try_acquire() && read_other_than(said)) {
            return true;
        }
    } while (wait.again());
    return false;
}

// A step of the original's loop. The time-out is for a peer that dies while it holds the semaphore.
Seen SharedMemoryChannel::look(const std::string& said) {
    if (!try_acquire(100ms)) {
        return Seen::nothing;
    }
    return read_other_than(said) ? Seen::answer : Seen::own;
}

// Requires the semaphore, and releases it when there is nothing new.
bool SharedMemoryChannel::read_other_than(const std::string& said) {
    text_.read(heard_);
    if (heard_ != said) {
        return true;
    }
    release();
    return false;
}

void SharedMemoryChannel::finish() {
    if (guarded_) {
        narrate_("Waiting to acquire the semaphore, for the last time");
    }
    if (!try_acquire(5s)) {
        narrate_("She has not given it back; never mind");
    }
    for (Creation& creation : creations_) {
        narrate_("Removing ", creation.title());
        creation.remove();
    }
    release();
}

bool SharedMemoryChannel::try_acquire(crex::Timeout timeout) {
    return !guarded_ || semaphore_.try_acquire_for(timeout);
}

void SharedMemoryChannel::release() {
    if (guarded_) {
        semaphore_.release();
    }
}

} // namespace demo
