// SPDX-License-Identifier: BSL-1.0
#include "message_queue/boost/segment.hpp"

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <functional>
#include <limits>
#include <new>
#include <string>

#include <boost/interprocess/shared_memory_object.hpp>

#include "common/named_file.hpp"
#include "platform/backoff.hpp"
#include "platform/reading.hpp"

namespace crex::detail {

namespace bip = boost::interprocess;
using namespace std::chrono_literals;

namespace {

using Managed =
    bip::ipcdetail::managed_open_or_create_impl<bip::shared_memory_object, 0, true, false>;

// A segment begins with a word that tells how far its creator has got. The aligned header follows.
constexpr std::uint32_t finished = 2; // Boost's InitializedSegment, a private enumerator
constexpr std::size_t header_offset = Managed::ManagedOpenOrCreateUserOffset;
constexpr std::size_t smallest = header_offset + sizeof(BoostSegment::Header);

// Whether Boost can count the bytes of such a queue: in 32 bits its sum, in which each message has
// fewer than 64 bytes beside its own, may overflow.
bool can_be_counted(std::size_t messages, std::size_t message_size) {
    constexpr std::size_t most = std::numeric_limits<std::ptrdiff_t>::max();
    return message_size < most - 64 && messages <= most / (message_size + 64);
}

// How long another process's creation may take: microseconds, unless the creator has died.
constexpr auto patience_for_creator = 1s;

int fd_of(const bip::shared_memory_object& object) { return object.get_mapping_handle().handle; }

std::size_t size_of(const bip::shared_memory_object& object) {
    bip::offset_t size = 0;
    return object.get_size(size) ? static_cast<std::size_t>(size) : 0;
}

std::uint32_t progress(const bip::mapped_region& region) {
    return __atomic_load_n(static_cast<const std::uint32_t*>(region.get_address()),
                           __ATOMIC_ACQUIRE);
}

// A description of its own, for locks. A mapping keeps the description that it was made with, also
// in forked children.
UniqueFd file_beside(const Call& call, int mapped) {
    UniqueFd file = reopened(mapped);
    if (file.get() < 0) {
        throw_no_lock(call, errno);
    }
    return file;
}

// Polls until `done` or until the creator's time is up.
bool wait_for_creator(const Call& call, const std::function<bool()>& done) {
    const Deadline deadline{patience_for_creator};
    Backoff backoff{deadline};
    while (!done()) {
        if (deadline.passed()) {
            return false;
        }
        if (!backoff.pause()) {
            throw_errno(call, EINTR);
        }
    }
    return true;
}

} // namespace

std::optional<BoostSegment> BoostSegment::open(const Call& call) {
    const std::string name{call.object};
    const std::string path = shared_memory_path(name);
    // With another width of pointers, the same class has another layout.
    const char* const no_queue =
        sizeof(void*) == 8
            ? "the file of that name is no Boost message queue, or one of 32-bit programs"
            : "the file of that name is no Boost message queue, or one of 64-bit programs";
    bip::shared_memory_object object;
    if (!find_file(call, path, 0, no_queue) || !still_there(call, path, [&] {
            object = bip::shared_memory_object{bip::open_only, name.c_str(), bip::read_write};
        })) {
        return std::nullopt;
    }
    const char* const unfinished =
        "the queue was never finished: its creator has died, or this is no Boost message queue";
    if (!wait_for_creator(call, [&] { return size_of(object) != 0; })) {
        throw_corrupt(call, unfinished);
    }
    if (size_of(object) < smallest) {
        throw_corrupt(call, no_queue);
    }
    return translating(call, [&]() -> std::optional<BoostSegment> {
        bip::mapped_region region{object, bip::read_write};
        if (!wait_for_creator(call, [&] { return progress(region) >= finished; })) {
            throw_corrupt(call, unfinished);
        }
        BoostSegment segment{std::move(region), file_beside(call, fd_of(object))};
        if (progress(segment.region_) != finished ||
            !is_consistent(segment.header(), segment.region_.get_size())) {
            throw_corrupt(call, no_queue);
        }
        return segment;
    });
}

std::optional<BoostSegment> BoostSegment::unborn(const Call& call,
                                                 const MessageQueueOptions& options) {
    if (!can_be_counted(options.max_messages, options.max_message_size)) {
        throw_invalid(call, std::to_string(options.max_messages) + " messages of " +
                                std::to_string(options.max_message_size) +
                                " bytes are more than this process can map");
    }
    const std::size_t size = Header::get_mem_size(options.max_message_size, options.max_messages);
    // Boost would not reserve the memory, and a full file system would then cause SIGBUS.
    const std::string name{call.object};
    auto file = nameless_file(call, name, size, true);
    if (!file) {
        return std::nullopt;
    }
    return translating(call, [&] {
        bip::mapped_region region{Mappable{file->fd()}, bip::read_write};
        auto* const base = static_cast<std::byte*>(region.get_address());
        new (base + header_offset) Header(options.max_messages, options.max_message_size);
        __atomic_store_n(reinterpret_cast<std::uint32_t*>(base), finished, __ATOMIC_RELEASE);
        return std::optional{BoostSegment{std::move(region), file->release()}};
    });
}

BoostSegment::Header& BoostSegment::header() const {
    auto* const base = static_cast<std::byte*>(region_.get_address());
    return *std::launder(reinterpret_cast<Header*>(base + header_offset));
}

bool BoostSegment::is_consistent(const Header& header, std::uint64_t size) {
    const std::size_t messages = header.m_max_num_msg;
    const std::size_t message_size = header.m_max_msg_size;
    if (messages == 0 || message_size == 0 || !can_be_counted(messages, message_size) ||
        Header::get_mem_size(message_size, messages) != size) {
        return false;
    }
    const auto* const index = reinterpret_cast<const std::byte*>(header.mp_index.get());
    return index == reinterpret_cast<const std::byte*>(&header + 1);
}

// The header's pointers are relative to their own addresses, so they are right in a copy, too.
std::optional<BoostSegment::Look> BoostSegment::look(int fd, std::uint64_t size) {
    alignas(Header) std::array<std::byte, smallest> bytes{};
    std::uint32_t how_far = 0;
    if (size < smallest || !read_at(fd, bytes.data(), bytes.size(), 0)) {
        return std::nullopt;
    }
    std::memcpy(&how_far, bytes.data(), sizeof how_far);
    const auto& header = *std::launder(reinterpret_cast<Header*>(bytes.data() + header_offset));
    if (how_far != finished || !is_consistent(header, size) ||
        header.m_cur_num_msg > header.m_max_num_msg) {
        return std::nullopt;
    }
    return Look{header.m_cur_num_msg, header.m_max_num_msg, header.m_max_msg_size};
}

bool BoostSegment::holds(const MessageHeader& message) const {
    const auto begin = reinterpret_cast<std::uintptr_t>(region_.get_address());
    const auto end = begin + region_.get_size();
    const auto here = reinterpret_cast<std::uintptr_t>(&message);
    const std::size_t room = sizeof(MessageHeader) + header().m_max_msg_size;
    return here >= begin + smallest && here <= end - room && here % alignof(MessageHeader) == 0 &&
           message.len <= header().m_max_msg_size;
}

} // namespace crex::detail
