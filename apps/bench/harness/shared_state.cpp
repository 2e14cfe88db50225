// SPDX-License-Identifier: BSL-1.0
#include "harness/shared_state.hpp"

#include <system_error>

#include "subjects/subject.hpp"

namespace bench {

void SharedState::expect(unsigned participants) {
    participants_ = participants;
    pthread_barrierattr_t attributes;
    pthread_barrierattr_init(&attributes);
    pthread_barrierattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    const int error = pthread_barrier_init(&barrier_, &attributes, participants);
    pthread_barrierattr_destroy(&attributes);
    if (error != 0) {
        throw std::system_error{error, std::generic_category(), "pthread_barrier_init"};
    }
}

void SharedState::answer(std::span<const double> figures) {
    std::copy(figures.begin(), figures.end(), figures_.begin());
    count_ = figures.size();
    ending_ = Ending::done;
}

void SharedState::fail(const std::exception& error) noexcept {
    const Ending ending = dynamic_cast<const Refused*>(&error) != nullptr       ? Ending::refused
                          : dynamic_cast<const WrongResult*>(&error) != nullptr ? Ending::wrong
                                                                                : Ending::failed;
    fail(ending, error.what());
}

void SharedState::fail(Ending ending, std::string_view text) noexcept {
    for (Ending expected : {Ending::none, Ending::done}) {
        if (ending_.compare_exchange_strong(expected, ending)) {
            copy(text, error_);
        }
    }
}

std::int64_t SharedState::elapsed_ns() const {
    std::int64_t start = parts[0].start;
    std::int64_t end = parts[0].end;
    for (unsigned index = 1; index < participants_; ++index) {
        start = std::min(start, parts[index].start);
        end = std::max(end, parts[index].end);
    }
    return end - start;
}

void SharedState::copy(std::string_view from, Text& to) noexcept {
    const std::size_t size = std::min(from.size(), to.size() - 1);
    std::copy_n(from.begin(), size, to.begin());
    to[size] = '\0';
}

} // namespace bench
