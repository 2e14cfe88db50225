// SPDX-License-Identifier: BSL-1.0
#include <crex/robust_semaphore.hpp>

#include <cerrno>
#include <optional>
#include <utility>

#include <crex/error.hpp>
#include <crex/limits.hpp>

#include <fcntl.h>

#include "common/arguments.hpp"
#include "common/at_once.hpp"
#include "common/errors.hpp"
#include "common/polled_readiness.hpp"
#include "platform/file.hpp"
#include "platform/fork.hpp"
#include "robust/lifecycle.hpp"
#include "robust_semaphore/at_server.hpp"
#include "robust_semaphore/core.hpp"
#include "robust_semaphore/remote.hpp"

namespace crex {

using detail::Call;
using detail::Signals;
using detail::robust::Header;
using detail::robust::RobustSemaphoreCore;
using detail::robust::Segment;
using detail::robust::semaphore_kind;

struct CREX_HIDDEN RobustSemaphore::Impl {
    Impl(const Call& call, Segment segment, const RobustSemaphoreOptions& options)
        : name{call.object}, core{std::in_place, std::move(segment), call.object,
                                  options.while_linked} {}
    Impl(const Call& call, std::unique_ptr<detail::RemoteSemaphore> semaphore,
         const RobustSemaphoreOptions& options)
        : name{call.object}, at{options.at}, remote{std::move(semaphore)} {}

    static std::unique_ptr<Impl> perform(detail::Opening& opening,
                                         const RobustSemaphoreOptions& options);
    static std::unique_ptr<Impl> open(const Call& call, const RobustSemaphoreOptions& options);
    static std::unique_ptr<Impl> create(const Call& call, const RobustSemaphoreOptions& options);

    bool acquire_at_once() { return core && core->acquire_at_once(); }
    bool release_at_once(unsigned n) {
        return core && keeper.get() < 0 && core->release_at_once(n);
    }

    std::string name;
    Server* at = nullptr;                            // null for this machine
    detail::UniqueFd keeper;                         // see permit_fd()
    std::uint64_t keeper_epoch = 0;                  // of the process that opened it
    std::optional<RobustSemaphoreCore> core;         // on this machine; none once closed
    std::unique_ptr<detail::RemoteSemaphore> remote; // at a server; null once closed
    detail::PolledReadiness readiness;               // last: it uses the others
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
    if (options.at != nullptr) {
        const detail::SemaphoresAt at{*options.at};
        const auto opened = [&](std::unique_ptr<detail::RemoteSemaphore> its) {
            return its ? std::make_unique<Impl>(opening.call(), std::move(its), options) : nullptr;
        };
        return opening.perform([&] { return opened(at.open(opening.call(), options)); },
                               [&] { return opened(at.create(opening.call(), options)); });
    }
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

detail::robust::RobustSemaphoreCore& RobustSemaphore::local(const char* function) const {
    if (!impl_ || !impl_->core) [[unlikely]] {
        (void)remote(function); // throws if it is closed
        detail::throw_errno({function, name()}, ENOTSUP,
                            "a semaphore that a server keeps cannot do that");
    }
    return *impl_->core;
}

detail::RemoteSemaphore& RobustSemaphore::remote(const char* function) const {
    if (!impl_ || !impl_->remote) {
        detail::throw_errno({function, name()}, EBADF, "the handle is closed");
    }
    return *impl_->remote;
}

// Calls `body` with the semaphore: directly with the one of this machine, which must be fast.
template <class Body> decltype(auto) RobustSemaphore::with(const char* function, Body body) const {
    if (impl_ && impl_->core) [[likely]] {
        return body(*impl_->core);
    }
    return body(remote(function));
}

bool detail::AtOnce::acquire(RobustSemaphore& semaphore) noexcept {
    return semaphore.impl_->acquire_at_once();
}

bool detail::AtOnce::release(RobustSemaphore& semaphore, unsigned n) noexcept {
    return semaphore.impl_->release_at_once(n);
}

void RobustSemaphore::acquire() {
    if (!impl_ || !impl_->acquire_at_once()) [[unlikely]] {
        acquire(no_timeout);
    }
}

void RobustSemaphore::acquire(Timeout timeout) {
    const Call call{"RobustSemaphore::acquire", name()};
    if (!with(call.function, [&](auto& its) {
            return its.acquire(call, detail::Deadline{timeout}, Signals::end_the_wait);
        })) {
        detail::throw_timed_out(call, timeout, "no permit in time");
    }
}

bool RobustSemaphore::try_acquire() { return try_acquire_for(do_not_wait); }

bool RobustSemaphore::try_acquire_for(Timeout timeout) {
    const Call call{"RobustSemaphore::try_acquire", name()};
    return with(call.function, [&](auto& its) {
        return its.acquire(call, detail::Deadline{timeout}, Signals::end_the_wait);
    });
}

void RobustSemaphore::lock() {
    if (impl_ && impl_->acquire_at_once()) [[likely]] {
        return;
    }
    const Call call{"RobustSemaphore::lock", name()};
    with(call.function,
         [&](auto& its) { its.acquire(call, detail::Deadline{no_timeout}, Signals::are_ignored); });
}

bool RobustSemaphore::try_lock_for(Timeout timeout) {
    const Call call{"RobustSemaphore::try_lock", name()};
    return with(call.function, [&](auto& its) {
        return its.acquire(call, detail::Deadline{timeout}, Signals::are_ignored);
    });
}

void RobustSemaphore::release(unsigned n) {
    if (impl_ && impl_->release_at_once(n)) [[likely]] {
        return;
    }
    const Call call{"RobustSemaphore::release", name()};
    with(call.function, [&](auto& its) { its.release(call, n); });
    if (impl_->keeper.get() >= 0) [[unlikely]] {
        impl_->keeper = detail::UniqueFd{};
    }
}

void RobustSemaphore::unlock() {
    if (impl_ && impl_->release_at_once(1)) [[likely]] {
        return;
    }
    try {
        release();
    } catch (const LeaseLostError&) {  // it has been given back without this call
    } catch (const ConnectionError&) { // it will be
    }
}

// A copy of the handle's descriptor, since a forked child replaces the original.
int RobustSemaphore::permit_fd() {
    const Call call{"RobustSemaphore::permit_fd", name()};
    RobustSemaphoreCore& core = local(call.function);
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
    return with("RobustSemaphore::previous_holder_died",
                [](auto& its) { return its.previous_holder_died(); });
}

std::uint64_t RobustSemaphore::token() const {
    const Call call{"RobustSemaphore::token", name()};
    return impl_ && impl_->core ? 0 : remote(call.function).token(call);
}

unsigned RobustSemaphore::value() const {
    const Call call{"RobustSemaphore::value", name()};
    return with(call.function, [&](auto& its) { return its.value(call); });
}

unsigned RobustSemaphore::held() const {
    const Call call{"RobustSemaphore::held", name()};
    return with(call.function, [&](auto& its) { return its.held(call); });
}

std::vector<PermitHolder> RobustSemaphore::holders() const {
    const Call call{"RobustSemaphore::holders", name()};
    return with(call.function, [&](auto& its) { return its.holders(call); });
}

int RobustSemaphore::ready_fd() const {
    const Call call{"RobustSemaphore::ready_fd", name()};
    if (impl_ && impl_->core) {
        RobustSemaphoreCore& core = *impl_->core;
        return impl_->readiness.fd(call, [&core] { return core.is_open(); });
    }
    return remote(call.function).ready_fd(call);
}

ObjectId RobustSemaphore::id() const {
    constexpr auto function = "RobustSemaphore::id";
    return impl_ && impl_->core ? impl_->core->segment().id() : remote(function).id();
}

bool RobustSemaphore::is_linked() const {
    constexpr auto function = "RobustSemaphore::is_linked";
    return impl_ && impl_->core ? impl_->core->segment().is_linked(name())
                                : remote(function).is_linked();
}

const std::string& RobustSemaphore::name() const { return impl_ ? impl_->name : detail::no_name(); }

void RobustSemaphore::close() noexcept {
    if (impl_ && impl_->remote) {
        impl_->remote->interrupt_waits();
        impl_->remote.reset();
    }
    if (impl_ && impl_->core) {
        impl_->readiness.end();
        impl_->core->interrupt_waits();
        impl_->core.reset();
        impl_->keeper = detail::UniqueFd{};
    }
}

void RobustSemaphore::unlink() {
    if (impl_ && impl_->at != nullptr) {
        unlink_robust_semaphore(name(), *impl_->at);
    } else {
        unlink_robust_semaphore(name());
    }
}

void unlink_robust_semaphore(std::string_view name) {
    const Call call{"unlink_robust_semaphore", name};
    detail::check_name(call, detail::robust_semaphore_names);
    detail::robust::unlink_in_turn(
        call, detail::shared_memory_path(Segment::file_name(semaphore_kind, name)));
}

void unlink_robust_semaphore(std::string_view name, Server& at) {
    const Call call{"unlink_robust_semaphore", name};
    detail::check_name(call, detail::robust_semaphore_names);
    detail::SemaphoresAt{at}.unlink(call);
}

} // namespace crex
