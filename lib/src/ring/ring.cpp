// SPDX-License-Identifier: BSL-1.0
#include <crex/ring.hpp>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <utility>

#include <crex/error.hpp>

#include "common/named_file.hpp"
#include "platform/byte_lock.hpp"
#include "ring/impl.hpp"
#include "robust/lifecycle.hpp"

// Opening and creating rings, their roles, and their names.

namespace crex {

using namespace detail::robust;
using detail::RingCore;

namespace {

constexpr std::size_t reserved_at_most = std::size_t{1} << 30;
constexpr std::size_t bytes_per_record = 64;

std::shared_ptr<RingCore> core_of(const Call& call, Segment segment, const RingOptions& options) {
    const Header& header = segment.header();
    auto data = detail::Mirror::of(segment.fd(), RingMemory::data_offset(header),
                                   static_cast<std::size_t>(header.capacity));
    if (!data) {
        detail::throw_not_mapped(call, errno);
    }
    detail::prepare_fences();
    return std::make_shared<RingCore>(std::string{call.object}, std::move(segment),
                                      *std::move(data), options);
}

// A ring has no entries for handles: each shares the presence byte while it is open.
void be_present(const Call& call, const Segment& segment) {
    if (detail::share_byte(segment.fd(), presence_byte) == detail::ByteLock::impossible) {
        detail::throw_no_lock(call, errno);
    }
    end_opening(segment.fd());
}

std::shared_ptr<RingCore> open(const Call& call, const RingOptions& options) {
    auto segment = Segment::open(call, ring_kind, options.any_owner);
    if (!segment) {
        return nullptr;
    }
    be_present(call, *segment);
    return core_of(call, *std::move(segment), options);
}

void check_sizes(const Call& call, const RingOptions& options) {
    if (options.capacity == 0 || options.capacity > ring_capacity_max) {
        detail::throw_invalid(call, "a ring's capacity is 1 byte to 1 TiB");
    }
    if (options.max_records > ring_records_max) {
        detail::throw_invalid(call, "a ring holds at most " + std::to_string(ring_records_max) +
                                        " records");
    }
}

std::shared_ptr<RingCore> create(const Call& call, const RingOptions& options) {
    check_sizes(call, options);
    Header header{};
    header.participants = detail::robust::participants_default;
    header.capacity = std::bit_ceil(std::max<std::uint64_t>(options.capacity, page_size()));
    const std::uint64_t records =
        options.max_records != 0
            ? options.max_records
            : std::min<std::uint64_t>(header.capacity / bytes_per_record - 2, ring_records_max);
    header.item_size =
        std::bit_ceil(std::max<std::uint64_t>(records + 2, RingMemory::fewest_marks));
    if (!options.sparse && RingMemory::size_for(header) > reserved_at_most) {
        detail::throw_invalid(call,
                              "a ring that needs more than 1 GiB of memory has to be `sparse`");
    }
    auto segment = Segment::unborn(call, ring_kind, header, !options.sparse);
    if (!segment) {
        return nullptr;
    }
    be_present(call, *segment);
    auto core = core_of(call, *std::move(segment), options);
    core->memory.begin();
    return core->segment.publish(call, detail::access_of(options)) ? core : nullptr;
}

detail::Opening opening_of(Name name, int flags, const RingOptions& options) {
    return {"Ring", name, flags, options.mode, detail::ring_names, O_CREX};
}

std::shared_ptr<RingCore> perform(detail::Opening& opening, const RingOptions& options) {
    return opening.perform([&] { return open(opening.call(), options); },
                           [&] { return create(opening.call(), options); });
}

[[noreturn]] void throw_taken(const Call& call, const RingCore& core, std::uint32_t entry) {
    const int pid = Role::holder(core.table()[entry]);
    detail::throw_errno(call, EBUSY,
                        "it has one already" +
                            (pid != 0 ? ": process " + std::to_string(pid) : std::string{}));
}

// Null while another handle has the role.
template <class Impl>
std::unique_ptr<Impl> take(const Call& call, const std::shared_ptr<RingCore>& core,
                           std::uint32_t entry) {
    auto role = Role::take(core->segment.fd(), core->table(), entry);
    if (!role && errno != EBUSY) {
        detail::throw_no_lock(call, errno);
    }
    return detail::trusting_nothing(
        call, [&] { return role ? std::make_unique<Impl>(core, std::move(role)) : nullptr; });
}

} // namespace

void detail::throw_damaged(const Call& call) {
    throw_corrupt(call, "its memory makes no sense; unlink it and make another");
}

void detail::throw_unusable(const Call& call) {
    throw_errno(call, EBADF, "the role is closed, or stayed with a parent process");
}

Ring::Ring(Name name, int flags, const RingOptions& options) {
    auto opening = opening_of(name, flags, options);
    core_ = perform(opening, options);
    if (!core_) {
        opening.throw_existential();
    }
    name_ = core_->name;
}

std::optional<Ring> Ring::try_open(Name name, int flags, const RingOptions& options) {
    auto opening = opening_of(name, flags, options);
    auto core = perform(opening, options);
    return core ? std::optional{Ring{std::move(core)}} : std::nullopt;
}

Ring::Ring(std::shared_ptr<RingCore> core) noexcept : name_{core->name}, core_{std::move(core)} {}

Ring::Ring(Ring&& other) noexcept
    : name_{std::exchange(other.name_, {})}, core_{std::move(other.core_)} {}

Ring& Ring::operator=(Ring&& other) noexcept {
    name_ = std::exchange(other.name_, {});
    core_ = std::move(other.core_);
    return *this;
}

Ring::~Ring() = default;

const std::shared_ptr<RingCore>& Ring::opened(const char* function) const {
    if (!core_) {
        detail::throw_errno({function, name_}, EBADF, "the handle is closed");
    }
    return core_;
}

std::optional<RingProducer> Ring::try_producer() {
    const auto& core = opened("Ring::producer");
    auto impl = take<RingProducer::Impl>({"Ring::producer", name_}, core, detail::producer_entry);
    return impl ? std::optional{RingProducer{std::move(impl)}} : std::nullopt;
}

std::optional<RingConsumer> Ring::try_consumer() {
    const auto& core = opened("Ring::consumer");
    auto impl = take<RingConsumer::Impl>({"Ring::consumer", name_}, core, detail::consumer_entry);
    return impl ? std::optional{RingConsumer{std::move(impl)}} : std::nullopt;
}

RingProducer Ring::producer() {
    auto taken = try_producer();
    if (!taken) {
        throw_taken({"Ring::producer", name_}, *core_, detail::producer_entry);
    }
    return *std::move(taken);
}

RingConsumer Ring::consumer() {
    auto taken = try_consumer();
    if (!taken) {
        throw_taken({"Ring::consumer", name_}, *core_, detail::consumer_entry);
    }
    return *std::move(taken);
}

bool Ring::has_producer() const {
    return Role::is_taken(opened("Ring::has_producer")->segment.fd(), detail::producer_entry);
}

bool Ring::has_consumer() const {
    return Role::is_taken(opened("Ring::has_consumer")->segment.fd(), detail::consumer_entry);
}

void Ring::shutdown() {
    RingBody& body = opened("Ring::shutdown")->memory.body();
    body.status.fetch_or(ring_shut_down);
    wake_all(body.not_empty);
    wake_all(body.not_full);
}

bool Ring::is_shut_down() const { return opened("Ring::is_shut_down")->memory.is_shut_down(); }

std::size_t Ring::capacity() const {
    return static_cast<std::size_t>(opened("Ring::capacity")->memory.capacity());
}

std::size_t Ring::max_records() const {
    return static_cast<std::size_t>(opened("Ring::max_records")->memory.most_records());
}

std::size_t Ring::current_records() const {
    const RingMemory& memory = opened("Ring::current_records")->memory;
    const std::uint64_t head = memory.body().head.load(std::memory_order_acquire);
    const std::uint64_t tail = memory.body().tail.load(std::memory_order_acquire);
    const bool is_counted = tail - head <= memory.most_records();
    return is_counted ? static_cast<std::size_t>(tail - head) : 0;
}

ObjectId Ring::id() const { return opened("Ring::id")->segment.id(); }

bool Ring::is_linked() const { return opened("Ring::is_linked")->segment.is_linked(name_); }

const std::string& Ring::name() const { return name_; }

void Ring::close() noexcept { core_.reset(); }

void Ring::unlink() { unlink_ring(name_); }

void unlink_ring(std::string_view name) {
    const Call call{"unlink_ring", name};
    detail::check_name(call, detail::ring_names);
    unlink_in_turn(call, Segment::path(ring_kind, name));
}

} // namespace crex
