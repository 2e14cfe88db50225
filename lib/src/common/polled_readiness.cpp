// SPDX-License-Identifier: BSL-1.0
#include "common/polled_readiness.hpp"

#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <system_error>
#include <thread>

#include <sys/eventfd.h>
#include <unistd.h>

#include "platform/cancellation.hpp"
#include "platform/file.hpp"
#include "platform/signals.hpp"

namespace crex::detail {
namespace {

constexpr std::chrono::milliseconds period{50};

} // namespace

class PolledReadiness::Watch {
public:
    Watch(const Call& call, std::function<bool()> is_ready)
        : is_ready_{std::move(is_ready)}, event_{eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)} {
        if (event_.get() < 0) {
            throw_errno(call, errno);
        }
        const SignalsHeld held;
        try {
            thread_ = std::jthread{[this](const std::stop_token& stop) { run(stop); }};
        } catch (const std::system_error& error) {
            throw_no_thread(call, error.code().value());
        }
    }

    [[nodiscard]] int fd() const { return event_.get(); }
    [[nodiscard]] bool is_this_process_s() const { return process_ == process_epoch(); }

    void close() noexcept { event_ = UniqueFd{}; }

private:
    void run(const std::stop_token& stop) {
        bool shown = false;
        std::unique_lock lock{mutex_};
        do {
            if (const bool ready = is_ready_(); ready != shown) {
                eventfd_t count = 0;
                ready ? eventfd_write(event_.get(), 1) : eventfd_read(event_.get(), &count);
                shown = ready;
            }
        } while (!wake_.wait_for(lock, stop, period, [&] { return stop.stop_requested(); }));
    }

    std::function<bool()> is_ready_;
    UniqueFd event_;
    std::uint64_t process_ = process_epoch();
    std::mutex mutex_;
    std::condition_variable_any wake_;
    std::jthread thread_; // last: it uses the others
};

PolledReadiness::PolledReadiness() = default;

PolledReadiness::~PolledReadiness() { end(); }

// In a forked child the thread does not exist, but destroying what it waits on could wait for it.
// So a child closes the descriptor and leaks the rest.
void PolledReadiness::end() noexcept {
    const CancellationHeld held;
    if (watch_ && !watch_->is_this_process_s()) {
        watch_->close();
        (void)watch_.release();
    }
    watch_.reset();
}

int PolledReadiness::fd(const Call& call, const std::function<bool()>& is_ready) {
    const std::lock_guard lock{mutex_};
    if (!watch_ || !watch_->is_this_process_s()) {
        end();
        auto watch = std::make_unique<Watch>(call, is_ready);
        const ForkBlocker held_off;
        watch_ = std::move(watch);
    }
    return watch_->fd();
}

} // namespace crex::detail
