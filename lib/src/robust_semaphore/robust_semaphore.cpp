// SPDX-License-Identifier: BSL-1.0
#include <crex/robust_semaphore.hpp>

#include <cerrno>
#include <optional>
#include <utility>

#include <crex/error.hpp>
#include <crex/limits.hpp>

#include <fcntl.h>

#include "common/arguments.hpp"
#include "common/errors.hpp"
#include "common/polled_readiness.hpp"
#include "platform/file.hpp"
#include "platform/fork.hpp"
#include "robust/lifecycle.hpp"
#include "robust_semaphore/core.hpp"

namespace crex {

using detail::Call;
using detail::robust::Header;
using detail::robust::RobustSemaphoreCore;
using detail::robust::Segment;
using detail::robust::semaphore_kind;
using Signals = RobustSemaphoreCore::Signals;

struct CREX_HIDDEN RobustSemaphore::Impl {
    Impl(const Call& call, Segment segment, const RobustSemaphoreOptions& options)
        : name{call.object}, core{std::in_place, std::move(segment), call.object,
                                  options.while_linked} {}

    static std::unique_ptr<Impl> perform(detail::Opening& opening,
                                         const RobustSemaphoreOptions& options);
    static std::unique_ptr<Impl> open(const Call& call, const RobustSemaphoreOptions& options);
    static std::unique_ptr<Impl> create(const Call& call, const RobustSemaphoreOptions& options);

    bool acquire_at_once() { return core && core->acquire_at_once(); }
    bool release_at_once(unsigned n) {
        return core && keeper.get() < 0 && core->release_at_once(n);
    }

    std::string name;
    detail::UniqueFd keeper;                 // see permit_fd()
    std::uint64_t keeper_epoch = 0;          // of the process that opened it
    std::optional<RobustSemaphoreCore> core; // none once closed
    detail::PolledReadiness readiness;       // last: it uses the others
};

namespace {

detail::Opening checked(Name name, int flags, const RobustSemaphoreOptions& options) {
    detail::Opening opening{
        "RobustSemaphore", name, flags, options.mode, detail::robust_semaphore_names, O_CREX};
    if (options.initial_value > semaphore_value_max()) {
        detail::throw_invalid(opening.call(), "the initial value is above " +
                                                  std::to_string(semaphore_value_max()));
    }
    detail::check_handles(opening.call(), options.max_handles);
    return opening;
}

} // namespace

std::unique_ptr<RobustSemaphore::Impl>
RobustSemaphore::Impl::open(const Call& call, const RobustSemaphoreOptions& options) {
    auto segment = Segment::open(call, semaphore_kind, options.any_owner);
    if (!segment) {
        return nullptr;
    }
    auto impl = std::make_unique<Impl>(call, *std::move(segment), options);
    impl->core->ensure_joined(call);
    return impl;
}

std::unique_ptr<RobustSemaphore::Impl>
RobustSemaphore::Impl::create(const Call& call, const RobustSemaphoreOptions& options) {
    Header header{};
    header.participants = static_cast<std::uint32_t>(options.max_handles);
    header.capacity = options.release == Release::by_anyone ? 1 : 0;
    auto segment = Segment::unborn(call, semaphore_kind, header, true);
    if (!segment) {
        return nullptr;
    }
    auto impl = std::make_unique<Impl>(call, *std::move(segment), options);
    impl->core->begin(options.initial_value);
    impl->core->ensure_joined(call);
    return impl->core->segment().publish(call, detail::access_of(options)) ? std::move(impl)
                                                                           : nullptr;
}

std::unique_ptr<RobustSemaphore::Impl>
RobustSemaphore::Impl::perform(detail::Opening& opening, const RobustSemaphoreOptions& options) {
    return opening.perform([&] { return open(opening.call(), options); },
                           [&] { return create(opening.call(), options); });
}

RobustSemaphore::RobustSemaphore(Name name, int flags, const RobustSemaphoreOptions& options) {
    auto opening = checked(name, flags, options);
    impl_ = Impl::perform(opening, options);
    if (!impl_) {
        opening.throw_existential();
    }
}

std::optional<RobustSemaphore> RobustSemaphore::try_open(Name name, int flags,
                                                         const RobustSemaphoreOptions& options) {
    auto opening = checked(name, flags, options);
    auto impl = Impl::perform(opening, options);
    return impl ? std::optional{RobustSemaphore{std::move(impl)}} : std::nullopt;
}

RobustSemaphore::RobustSemaphore(std::unique_ptr<Impl> impl) noexcept : impl_{std::move(impl)} {}
RobustSemaphore::RobustSemaphore(RobustSemaphore&&) noexcept = default;
RobustSemaphore& RobustSemaphore::operator=(RobustSemaphore&&) noexcept = default;
RobustSemaphore::~RobustSemaphore() = default;

detail::robust::RobustSemaphoreCore& RobustSemaphore::opened(const char* function) const {
    if (!impl_ || !impl_->core) [[unlikely]] {
        detail::throw_errno({function, name()}, EBADF, "the handle is closed");
    }
    return *impl_->core;
}

void RobustSemaphore::acquire() {
    if (!impl_ || !impl_->acquire_at_once()) [[unlikely]] {
        acquire(no_timeout);
    }
}

void RobustSemaphore::acquire(Timeout timeout) {
    const Call call{"RobustSemaphore::acquire", name()};
    if (!opened(call.function).acquire(call, detail::Deadline{timeout}, Signals::end_the_wait)) {
        detail::throw_timed_out(call, timeout, "no permit in time");
    }
}

bool RobustSemaphore::try_acquire() { return try_acquire_for(do_not_wait); }

bool RobustSemaphore::try_acquire_for(Timeout timeout) {
    const Call call{"RobustSemaphore::try_acquire", name()};
    return opened(call.function).acquire(call, detail::Deadline{timeout}, Signals::end_the_wait);
}

void RobustSemaphore::lock() {
    if (impl_ && impl_->acquire_at_once()) [[likely]] {
        return;
    }
    const Call call{"RobustSemaphore::lock", name()};
    opened(call.function).acquire(call, detail::Deadline{no_timeout}, Signals::are_ignored);
}

bool RobustSemaphore::try_lock_for(Timeout timeout) {
    const Call call{"RobustSemaphore::try_lock", name()};
    return opened(call.function).acquire(call, detail::Deadline{timeout}, Signals::are_ignored);
}

void RobustSemaphore::release(unsigned n) {
    if (impl_ && impl_->release_at_once(n)) [[likely]] {
        return;
    }
    const Call call{"RobustSemaphore::release", name()};
    opened(call.function).release(call, n);
    if (impl_->keeper.get() >= 0) [[unlikely]] {
        impl_->keeper = detail::UniqueFd{};
    }
}

// A copy of the handle's descriptor, since a forked child replaces the original.
int RobustSemaphore::permit_fd() {
    const Call call{"RobustSemaphore::permit_fd", name()};
    RobustSemaphoreCore& core = opened(call.function);
    core.ensure_joined(call); // so that a forked child has its own description
    if (impl_->keeper.get() < 0 || impl_->keeper_epoch != detail::process_epoch()) {
        detail::UniqueFd keeper{fcntl(core.segment().fd(), F_DUPFD_CLOEXEC, 3)};
        if (keeper.get() < 0) {
            detail::throw_errno(call, errno);
        }
        const detail::ForkBlocker held_off;
        impl_->keeper = std::move(keeper);
        impl_->keeper_epoch = detail::process_epoch();
    }
    core.share();
    return impl_->keeper.get();
}

bool RobustSemaphore::previous_holder_died() const {
    return opened("RobustSemaphore::previous_holder_died").previous_holder_died();
}

unsigned RobustSemaphore::value() const {
    const Call call{"RobustSemaphore::value", name()};
    return opened(call.function).value(call);
}

unsigned RobustSemaphore::held() const {
    const Call call{"RobustSemaphore::held", name()};
    return opened(call.function).held(call);
}

std::vector<PermitHolder> RobustSemaphore::holders() const {
    const Call call{"RobustSemaphore::holders", name()};
    return opened(call.function).holders(call);
}

int RobustSemaphore::ready_fd() const {
    const Call call{"RobustSemaphore::ready_fd", name()};
    RobustSemaphoreCore& core = opened(call.function);
    return impl_->readiness.fd(call, [&core] { return core.is_open(); });
}

ObjectId RobustSemaphore::id() const { return opened("RobustSemaphore::id").segment().id(); }

bool RobustSemaphore::is_linked() const {
    return opened("RobustSemaphore::is_linked").segment().is_linked(name());
}

const std::string& RobustSemaphore::name() const { return impl_ ? impl_->name : detail::no_name(); }

void RobustSemaphore::close() noexcept {
    if (impl_ && impl_->core) {
        impl_->readiness.end();
        impl_->core->interrupt_waits();
        impl_->core.reset();
        impl_->keeper = detail::UniqueFd{};
    }
}

void RobustSemaphore::unlink() { unlink_robust_semaphore(name()); }

void unlink_robust_semaphore(std::string_view name) {
    const Call call{"unlink_robust_semaphore", name};
    detail::check_name(call, detail::robust_semaphore_names);
    detail::robust::unlink_in_turn(
        call, detail::shared_memory_path(Segment::file_name(semaphore_kind, name)));
}

} // namespace crex
