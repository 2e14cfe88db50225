// SPDX-License-Identifier: BSL-1.0
#include "robust/role.hpp"

#include <cerrno>
#include <utility>

#include "platform/byte_lock.hpp"
#include "platform/own_description.hpp"
#include "platform/process.hpp"

namespace crex::detail::robust {
namespace {

constexpr std::uint32_t taken = 1;

} // namespace

// It is watched for forks before there is anything that a child must not keep.
std::unique_ptr<Role> Role::take(int fd, ParticipantEntry* table, std::uint32_t entry) {
    std::unique_ptr<Role> role{new Role{table, entry}};
    reopen_watched(fd, role->fd_);
    if (role->fd_.get() < 0) {
        return nullptr;
    }
    switch (lock_byte(role->fd_.get(), role->beacon_)) {
    case ByteLock::another_s:
        errno = EBUSY;
        return nullptr;
    case ByteLock::impossible:
        return nullptr;
    case ByteLock::ours:
        break;
    }
    role->sit_down();
    return role;
}

Role::Role(ParticipantEntry* table, std::uint32_t entry)
    : seat_{table[entry]}, beacon_{beacon_byte(entry)}, epoch_now_{process_epoch_word()} {}

// Whoever was here before is dead, or has left; the lock says so.
void Role::sit_down() {
    const ProcessIdentity self = this_process();
    seat_.pid.store(self.pid);
    seat_.started.store(self.started);
    seat_.namespaces.store(self.namespaces);
    seat_.state.store((seat_.state.load() | taken) + 2);
    epoch_ = process_epoch();
}

// Not just by closing the description: a child that is forked before that happens would have it.
Role::~Role() {
    if (is_held()) {
        seat_.state.fetch_and(~taken);
        unlock_byte(fd_.get(), beacon_);
    }
}

// Closing the child's descriptor leaves the parent its lock; unlocking would not.
void Role::in_forked_child() noexcept { const UniqueFd closed = std::move(fd_); }

bool Role::is_taken(int fd, std::uint32_t entry) { return byte_is_locked(fd, beacon_byte(entry)); }

int Role::holder(const ParticipantEntry& seat) {
    const bool is_known =
        (seat.state.load() & taken) != 0 && seat.namespaces.load() == this_process().namespaces;
    return is_known ? seat.pid.load() : 0;
}

} // namespace crex::detail::robust
