// SPDX-License-Identifier: BSL-1.0
#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "inventory/contents.hpp"
#include "message_queue/robust/queue_memory.hpp"
#include "platform/byte_lock.hpp"
#include "platform/process.hpp"
#include "platform/reading.hpp"
#include "ring/ring_memory.hpp"
#include "robust_semaphore/permits.hpp"

// What the file of a robust object shows without attaching to the object.

namespace crex::detail {

using namespace robust;

namespace {

const Kind& robust_kind(ObjectKind kind) {
    return kind == ObjectKind::robust_queue       ? queue_kind
           : kind == ObjectKind::robust_semaphore ? semaphore_kind
                                                  : ring_kind;
}

template <class Number> std::uint64_t number_at(int fd, std::uint64_t offset) {
    return read_as<Number>(fd, offset).value_or(0);
}

// 1 if a thread may sleep on one of those events, else 0.
template <class... Offsets> std::uint64_t sleepers(int fd, Offsets... events) {
    constexpr std::size_t flag = offsetof(EventCount, sleepers);
    return ((number_at<std::uint32_t>(fd, body_offset + events + flag) != 0) || ...) ? 1 : 0;
}

void read_queue(Object& object, const Header& header, int fd) {
    constexpr auto at = [](std::size_t member) { return body_offset + member; };
    const auto next = number_at<std::uint64_t>(fd, at(offsetof(QueueBody, next_sequence)));
    const auto head = number_at<std::uint64_t>(fd, at(offsetof(QueueBody, head_sequence)));
    const auto in_index = number_at<std::uint32_t>(fd, at(offsetof(QueueBody, indexed_messages)));
    const auto status = number_at<std::uint32_t>(fd, at(offsetof(QueueBody, status)));
    object.messages = std::min(next - head + in_index, header.capacity);
    object.max_messages = header.capacity;
    object.max_message_size = header.item_size;
    object.sent = next - 1;
    object.received = number_at<std::uint64_t>(fd, at(offsetof(QueueBody, received)));
    object.redelivered = number_at<std::uint64_t>(fd, at(offsetof(QueueBody, redelivered)));
    object.dead_lettered = number_at<std::uint64_t>(fd, at(offsetof(QueueBody, dead_lettered)));
    object.recoveries = number_at<std::uint64_t>(fd, at(offsetof(QueueBody, recoveries)));
    object.quarantined = number_at<std::uint64_t>(fd, at(offsetof(QueueBody, quarantined)));
    object.waiters = sleepers(fd, offsetof(QueueBody, not_empty), offsetof(QueueBody, not_full));
    object.may_have_content = object.messages != 0U || (status & (needs_recovery | broken)) != 0;
    if ((status & broken) != 0) {
        object.problem = "its memory makes no sense, and does not stay in order";
    }
}

void read_robust_semaphore(Object& object, int fd) {
    object.value = number_at<std::uint32_t>(fd, body_offset + offsetof(SemaphoreBody, value));
    object.recoveries =
        number_at<std::uint64_t>(fd, body_offset + offsetof(SemaphoreBody, recoveries));
    object.waiters = sleepers(fd, offsetof(SemaphoreBody, available));
}

void read_ring(Object& object, const Header& header, int fd) {
    object.sent = number_at<std::uint64_t>(fd, body_offset + offsetof(RingBody, tail));
    object.received = number_at<std::uint64_t>(fd, body_offset + offsetof(RingBody, head));
    object.max_messages = header.item_size - 2;
    // A killed producer's last records may lie behind the tail, and even have been consumed.
    const std::uint64_t records = *object.sent - std::min(*object.sent, *object.received);
    const std::uint64_t mark_behind = *object.sent % header.item_size;
    const bool more = number_at<std::uint64_t>(fd, RingMemory::marks_offset +
                                                       mark_behind * sizeof(std::uint64_t)) != 0;
    object.messages = std::min(records, *object.max_messages);
    object.waiters = sleepers(fd, offsetof(RingBody, not_empty), offsetof(RingBody, not_full));
    object.may_have_content = records != 0 || more;
}

void read_body(Object& object, const Header& header, int fd) {
    switch (object.kind) {
    case ObjectKind::robust_queue:
        return read_queue(object, header, fd);
    case ObjectKind::robust_semaphore:
        return read_robust_semaphore(object, fd);
    default:
        return read_ring(object, header, fd);
    }
}

struct Record { // the bytes of a ParticipantEntry
    std::uint32_t state;
    std::uint32_t holding;
    std::int32_t pid;
    alignas(8) std::uint64_t started;
    alignas(8) std::uint64_t namespaces;
};
static_assert(sizeof(Record) == sizeof(ParticipantEntry));

using Records = std::vector<Record>;

// Where the table lies. Its entries are read, not mapped.
ParticipantTable table_of(ObjectKind kind, const Header& header) {
    return {nullptr, header.participants, nullptr,
            Segment::rest_of_table(robust_kind(kind), header)};
}

// Nothing when the file has been cut short.
std::optional<Records> entries_of(const ParticipantTable& table, int fd) {
    Records entries(table.size());
    const std::size_t first = std::min(table.size(), participants_default);
    const std::size_t rest = table.size() - first;
    const bool read =
        read_at(fd, entries.data(), first * sizeof(Record), table.byte_of(0)) &&
        (rest == 0 || read_at(fd, &entries[first], rest * sizeof(Record), table.byte_of(first)));
    return read ? std::optional{std::move(entries)} : std::nullopt;
}

// A process is one user, however many handles it has. For a process out of sight (0), that cannot
// be known, and each of its handles is a user.
void take_part(std::vector<ObjectUser>& users, int pid) {
    if (pid == 0 || std::none_of(users.begin(), users.end(),
                                 [pid](const ObjectUser& user) { return user.pid == pid; })) {
        users.push_back({pid, false, false, true});
    }
}

// Adds the living participants as users, and notes whether a participant, living or dead, holds
// messages.
void read_entries(Object& object, const ParticipantTable& table, const Records& entries, int fd) {
    const std::uint64_t ours = this_process().namespaces;
    const bool is_used = any_byte_is_locked(fd);
    for (std::size_t entry = 0; entry < entries.size(); ++entry) {
        const Record& record = entries[entry];
        if ((record.state & 1U) == 0) {
            continue;
        }
        object.may_have_content |= object.kind == ObjectKind::robust_queue && record.holding != 0;
        if (is_used && byte_is_locked(fd, table.byte_of(entry))) {
            take_part(object.users, record.namespaces == ours ? record.pid : 0);
        }
    }
    if (is_used && object.users.empty()) { // a process is just attaching or detaching
        take_part(object.users, 0);
    }
}

} // namespace

void read_robust(FoundObject& found, int fd) {
    Object& object = found.object;
    object.may_have_content = object.kind != ObjectKind::robust_semaphore;
    const auto header = read_as<Header>(fd, 0);
    object.problem = header
                         ? Segment::complaint_about(robust_kind(object.kind), *header, *object.size)
                         : "the file is too short";
    if (!object.problem.empty()) {
        return;
    }
    const ParticipantTable table = table_of(object.kind, *header);
    const auto entries = entries_of(table, fd);
    if (!entries) {
        object.problem = "the file is too short";
        return;
    }
    read_body(object, *header, fd);
    read_entries(object, table, *entries, fd);
    found.is_certain = true;
}

} // namespace crex::detail
