// SPDX-License-Identifier: BSL-1.0
#include <crex/semaphore.hpp>

#include <atomic>
#include <cerrno>
#include <optional>
#include <utility>

#include <semaphore.h>

#include <boost/interprocess/sync/named_semaphore.hpp>

#include <crex/error.hpp>
#include <crex/limits.hpp>

#include "common/arguments.hpp"
#include "common/boost_internals.hpp"
#include "common/errors.hpp"
#include "common/named_file.hpp"
#include "common/polled_readiness.hpp"
#include "platform/cancellation.hpp"
#include "platform/deadline.hpp"
#include "platform/glibc_semaphore.hpp"
#include "platform/sleep_monitor.hpp"

namespace crex {

namespace bip = boost::interprocess;
using detail::Call;

struct CREX_HIDDEN Semaphore::Impl {
    explicit Impl(std::string its_name) : name{std::move(its_name)} {}

    static std::unique_ptr<Impl> perform(detail::Opening& opening, const SemaphoreOptions& options);
    static std::unique_ptr<Impl> open(const Call& call);
    static std::unique_ptr<Impl> create(const Call& call, const SemaphoreOptions& options);

    bool wait_until(const Call& call, const detail::Deadline& deadline);
    int sleep_until(const detail::Deadline& deadline);
    detail::Slept sleep_while_zero(std::atomic<std::uint32_t>& value,
                                   const detail::Deadline& deadline);
    int clock_wait(const detail::Deadline& deadline);
    bool wait_through_signals(const Call& call, const detail::Deadline& deadline);

    std::string name;
    ObjectId id;
    std::optional<bip::named_semaphore> semaphore;
    sem_t* handle = nullptr; // the one inside `semaphore`
    detail::MonitorUse monitor;
    detail::PolledReadiness readiness; // last: it uses the others
};

namespace {

detail::Opening checked(Name name, int flags, const SemaphoreOptions& options) {
    detail::Opening opening{"Semaphore", name, flags, options.mode, detail::semaphore_names,
                            O_CREX};
    if (options.initial_value > semaphore_value_max()) {
        detail::throw_invalid(opening.call(), "the initial value is above " +
                                                  std::to_string(semaphore_value_max()));
    }
    return opening;
}

// glibc's sem_t differs between 32 and 64 bits, and sem_open(3) checks only that the file is long
// enough. A semaphore's file is as long as its maker's sem_t.
void check_width(const Call& call, const std::string& path) {
    constexpr off_t size_of_other = sizeof(void*) == 8 ? 16 : 32;
    static_assert(sizeof(sem_t) + size_of_other == 16 + 32);
    const auto status = detail::status_of(path);
    if (status && S_ISREG(status->st_mode) && status->st_size == size_of_other) {
        detail::throw_limit(call, ENOTSUP,
                            sizeof(void*) == 8
                                ? "it is a semaphore of 32-bit programs, which no 64-bit program "
                                  "can use (a RobustSemaphore serves both)"
                                : "it is a semaphore of 64-bit programs, which no 32-bit program "
                                  "can use (a RobustSemaphore serves both)");
    }
}

} // namespace

// sem_open(3) does not say which file it has opened. It is the one that had the name before and
// after.
std::unique_ptr<Semaphore::Impl> Semaphore::Impl::open(const Call& call) {
    auto impl = std::make_unique<Impl>(std::string{call.object});
    const std::string path = detail::semaphore_path(impl->name);
    do {
        check_width(call, path);
        const auto found =
            detail::find_file(call, path, sizeof(sem_t), "the file of that name is no semaphore");
        if (!found || !detail::still_there(call, path, [&] {
                impl->semaphore.emplace(bip::open_only, impl->name.c_str());
            })) {
            return nullptr;
        }
        impl->id = *found;
    } while (!detail::is_at(path, impl->id));
    impl->handle = detail::native_handle(*impl->semaphore);
    return impl;
}

// sem_open(3) applies the umask, and a chmod afterwards would be a race with the first opener. So
// the semaphore is made under a provisional name, gets its mode, and is then linked to the real
// name.
std::unique_ptr<Semaphore::Impl> Semaphore::Impl::create(const Call& call,
                                                         const SemaphoreOptions& options) {
    const detail::ProvisionalSemaphore provisional;
    auto impl = std::make_unique<Impl>(std::string{call.object});
    if (!detail::may_write(sizeof(sem_t))) {
        detail::throw_not_made(call, EFBIG);
    }
    try {
        impl->semaphore.emplace(bip::create_only, provisional.name().c_str(), options.initial_value,
                                detail::permissions_of(options.mode));
    } catch (const bip::interprocess_exception& error) {
        detail::throw_not_made(call, error.get_native_error());
    }
    impl->handle = detail::native_handle(*impl->semaphore);
    const auto status = detail::status_of(provisional.path());
    if (!status) {
        detail::throw_errno(call, errno);
    }
    impl->id = detail::id_of(*status);
    return detail::publish(call, provisional, impl->name, detail::access_of(options))
               ? std::move(impl)
               : nullptr;
}

std::unique_ptr<Semaphore::Impl> Semaphore::Impl::perform(detail::Opening& opening,
                                                          const SemaphoreOptions& options) {
    return opening.perform([&] { return open(opening.call()); },
                           [&] { return create(opening.call(), options); });
}

Semaphore::Semaphore(Name name, int flags, const SemaphoreOptions& options) {
    auto opening = checked(name, flags, options);
    impl_ = Impl::perform(opening, options);
    if (!impl_) {
        opening.throw_existential();
    }
    semaphore_ = impl_->handle;
}

std::optional<Semaphore> Semaphore::try_open(Name name, int flags,
                                             const SemaphoreOptions& options) {
    auto opening = checked(name, flags, options);
    auto impl = Impl::perform(opening, options);
    return impl ? std::optional{Semaphore{std::move(impl)}} : std::nullopt;
}

Semaphore::Semaphore(std::unique_ptr<Impl> impl) noexcept
    : impl_{std::move(impl)}, semaphore_{impl_->handle} {}

Semaphore::Semaphore(Semaphore&& other) noexcept
    : impl_{std::move(other.impl_)}, semaphore_{std::exchange(other.semaphore_, nullptr)} {}

Semaphore& Semaphore::operator=(Semaphore&& other) noexcept {
    impl_ = std::move(other.impl_);
    semaphore_ = std::exchange(other.semaphore_, nullptr);
    return *this;
}

Semaphore::~Semaphore() = default;

Semaphore::Impl& Semaphore::opened(const char* function) const {
    if (!impl_ || impl_->handle == nullptr) [[unlikely]] {
        detail::throw_errno({function, name()}, EBADF, "the handle is closed");
    }
    return *impl_;
}

void Semaphore::acquire(Timeout timeout) {
    const Call call{"Semaphore::acquire", name()};
    if (!opened(call.function).wait_until(call, detail::Deadline{timeout})) {
        detail::throw_timed_out(call, timeout, "timed out");
    }
}

bool Semaphore::try_acquire() { return try_acquire_for(do_not_wait); }

bool Semaphore::try_acquire_for(Timeout timeout) {
    const Call call{"Semaphore::try_acquire", name()};
    return opened(call.function).wait_until(call, detail::Deadline{timeout});
}

bool Semaphore::Impl::wait_until(const Call& call, const detail::Deadline& deadline) {
    int result = sem_trywait(handle);
    if (result != 0 && errno == EAGAIN && !deadline.is_immediate()) {
        result = sleep_until(deadline);
    }
    if (result != 0 && errno != EAGAIN && errno != ETIMEDOUT) {
        detail::throw_errno(call, errno);
    }
    return result == 0;
}

// Boost's timed wait is on the wall clock, which may be set. sem_clockwait(3) is not, but any
// signal handler ends it, even with SA_RESTART. So crex waits by itself where that is possible.
int Semaphore::Impl::sleep_until(const detail::Deadline& deadline) {
    const detail::CancellationHeld held; // sem_trywait(3) is no cancellation point
    if (deadline.is_never()) {
        return sem_wait(handle);
    }
    if (!detail::knows_glibc_semaphore || !detail::can_wait_on_two_words()) {
        return clock_wait(deadline);
    }
    const detail::GlibcSemaphoreWaiter waiter{*handle};
    while (sem_trywait(handle) != 0) {
        if (errno != EAGAIN) {
            return -1;
        }
        const auto slept = deadline.passed() ? detail::Slept::timed_out
                                             : sleep_while_zero(waiter.value(), deadline);
        if (slept != detail::Slept::woken) {
            errno = slept == detail::Slept::interrupted ? EINTR : ETIMEDOUT;
            return -1;
        }
    }
    return 0;
}

detail::Slept Semaphore::Impl::sleep_while_zero(std::atomic<std::uint32_t>& value,
                                                const detail::Deadline& deadline) {
    if (!deadline.may_be_stopped()) {
        std::atomic<std::uint32_t> nothing{0};
        return detail::futex_wait_until({value, 0}, {nothing, 0}, deadline.moment());
    }
    const auto no_other_reason = [] { return false; };
    detail::MonitoredSleep sleep{monitor, deadline, detail::Question{no_other_reason}};
    return sleep.sleep(value, 0, deadline.moment());
}

int Semaphore::Impl::clock_wait(const detail::Deadline& deadline) {
    int result = 0;
    do {
        const timespec moment = deadline.monotonic();
        result = sem_clockwait(handle, CLOCK_MONOTONIC, &moment);
    } while (result != 0 && errno == ETIMEDOUT && !deadline.passed());
    return result;
}

bool Semaphore::Impl::wait_through_signals(const Call& call, const detail::Deadline& deadline) {
    for (;;) {
        try {
            return wait_until(call, deadline);
        } catch (const SignalError&) {
            continue;
        }
    }
}

void Semaphore::wait_through_signals() {
    const Call call{"Semaphore::lock", name()};
    opened(call.function).wait_through_signals(call, detail::Deadline{no_timeout});
}

bool Semaphore::try_lock_for(Timeout timeout) {
    const Call call{"Semaphore::try_lock", name()};
    return opened(call.function).wait_through_signals(call, detail::Deadline{timeout});
}

void Semaphore::throw_not_released() const {
    const int error = errno;
    opened("Semaphore::release");
    detail::throw_errno({"Semaphore::release", name()}, error);
}

void Semaphore::release(unsigned n) {
    int value = 0;
    sem_getvalue(opened("Semaphore::release").handle, &value);
    if (n > semaphore_value_max() - static_cast<unsigned>(value)) {
        detail::throw_errno({"Semaphore::release", name()}, EOVERFLOW);
    }
    for (; n > 0 && !detail::add_permits(*impl_->handle, n); --n) {
        release();
    }
}

unsigned Semaphore::value() const {
    int value = 0;
    sem_getvalue(opened("Semaphore::value").handle, &value);
    return static_cast<unsigned>(value);
}

int Semaphore::ready_fd() const {
    const Call call{"Semaphore::ready_fd", name()};
    sem_t* const handle = opened(call.function).handle;
    return impl_->readiness.fd(call, [handle] {
        int value = 0;
        sem_getvalue(handle, &value);
        return value > 0;
    });
}

ObjectId Semaphore::id() const { return opened("Semaphore::id").id; }

bool Semaphore::is_linked() const {
    const Impl& impl = opened("Semaphore::is_linked");
    return detail::is_at(detail::semaphore_path(impl.name), impl.id);
}

const std::string& Semaphore::name() const { return impl_ ? impl_->name : detail::no_name(); }

void Semaphore::close() noexcept {
    if (impl_) {
        impl_->readiness.end();
        impl_->handle = nullptr;
        impl_->semaphore.reset();
        semaphore_ = nullptr;
    }
}

void Semaphore::unlink() { unlink_semaphore(name()); }

void unlink_semaphore(std::string_view name) {
    const Call call{"unlink_semaphore", name};
    detail::check_name(call, detail::semaphore_names);
    // remove() returns only a bool; errno is still the system's.
    if (!bip::named_semaphore::remove(std::string{name}.c_str())) {
        detail::throw_file_errno(call, errno, detail::semaphore_path(std::string{name}));
    }
}

} // namespace crex
