// SPDX-License-Identifier: BSL-1.0
#include "postgres/pipeline.hpp"

#include <algorithm>

namespace crex::detail::postgres {
namespace {

constexpr int syncs_max = 2; // under way

[[nodiscard]] bool is_sync(const RequestPointer& call) {
    return call->statement == &statements::sync;
}

} // namespace

bool Pipeline::send(const RequestPointer& call) {
    needs_sync_ = needs_sync_ || call->statement->durability != Durability::none;
    return transmit(call) && send_sync() && flush();
}

bool Pipeline::transmit(const RequestPointer& call) {
    call->sent = Clock::now();
    calls_.push_back(call);
    return connection_.send(*call->statement, call->arguments);
}

bool Pipeline::send_sync() {
    if (!needs_sync_ || syncs_ == syncs_max) {
        return true;
    }
    auto sync = std::make_shared<Request>(statements::sync, Arguments{});
    sync->synced = std::exchange(unsynced_, {});
    needs_sync_ = false;
    ++syncs_;
    return transmit(sync);
}

bool Pipeline::flush() {
    const auto flushed = connection_.flush();
    is_all_sent_ = flushed == Connection::Flushed::all;
    return flushed != Connection::Flushed::failed;
}

bool Pipeline::read() {
    const bool is_open = connection_.read();
    Answer answer;
    while (!calls_.empty() && connection_.next(answer)) {
        const RequestPointer call = std::move(calls_.front());
        calls_.pop_front();
        alive_at_ = call->sent;
        take_answer(call, std::move(answer));
    }
    return is_open && send_sync() && flush();
}

void Pipeline::take_answer(const RequestPointer& call, Answer answer) {
    if (is_sync(call)) {
        --syncs_;
        for (const RequestPointer& each : call->synced) {
            each->end(answer.is_error() ? Answer{answer.sqlstate(), answer.error()}
                                        : std::move(each->answer));
        }
    } else if (!answer.is_error() && call->statement->must_be_synced(answer)) {
        call->answer = std::move(answer);
        wait_for_sync(call);
    } else {
        call->end(std::move(answer));
    }
}

// For the next one that was sent, or will be.
void Pipeline::wait_for_sync(const RequestPointer& call) {
    const auto next = std::find_if(calls_.begin(), calls_.end(), is_sync);
    (next != calls_.end() ? (*next)->synced : unsynced_).push_back(call);
}

void Pipeline::lose(const std::string& why) {
    for (const RequestPointer& call : calls_) {
        unsynced_.insert(unsynced_.end(), call->synced.begin(), call->synced.end());
    }
    unsynced_.insert(unsynced_.end(), calls_.begin(), calls_.end());
    calls_.clear();
    for (const RequestPointer& call : std::exchange(unsynced_, {})) {
        call->end(Answer{Fate::unknown, why});
    }
}

} // namespace crex::detail::postgres
