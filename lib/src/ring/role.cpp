// SPDX-License-Identifier: BSL-1.0
#include "ring/role.hpp"

#include <atomic>
#include <cerrno>
#include <utility>

#include "common/own_description.hpp"
#include "platform/byte_lock.hpp"
#include "platform/process.hpp"

namespace crex::detail::robust {
namespace {

constexpr std::uint32_t taken = 1;

constinit std::atomic<int> for_process{0}; // roles that are locked for the process

} // namespace

// The at-fork handler is registered before there is anything that a child must not keep.
std::unique_ptr<Role> Role::take(int fd, ParticipantEntry* table, std::uint32_t entry) {
    std::unique_ptr<Role> role{new Role{table, entry}};
    reopen_watched(fd, role->fd_);
    switch (role->lock(fd)) {
    case ByteLock::another_s:
        errno = EBUSY;
        return nullptr;
    case ByteLock::impossible:
        return nullptr;
    case ByteLock::ours:
        break;
    }
    return role;
}

// A process that locks for itself would be granted its own lock again, so it checks first.
ByteLock Role::lock(int fd) {
    if (fd_.get() >= 0) {
        const ByteLock result = lock_byte(fd_.get(), liveness_byte_);
        if (result == ByteLock::ours) {
            claim_entry();
        }
        return result;
    }
    (void)this_process(); // first: it may take a moment
    const ForkBlocker one_at_a_time;
    if (is_this_process_s()) {
        return ByteLock::another_s;
    }
    const ByteLock result = lock_byte(fd, liveness_byte_, LockOwner::process);
    if (result == ByteLock::ours) {
        shared_ = fd;
        ++for_process;
        claim_entry();
    }
    return result;
}

bool Role::is_this_process_s() const {
    const ProcessIdentity self = this_process();
    return (record_.state.load() & taken) != 0 && record_.pid.load() == self.pid &&
           record_.started.load() == self.started && record_.namespaces.load() == self.namespaces;
}

bool Role::any_for_process() noexcept { return for_process != 0; }

Role::Role(ParticipantEntry* table, std::uint32_t entry)
    : record_{table[entry]}, liveness_byte_{liveness_byte(entry)}, epoch_now_{
                                                                       process_epoch_word()} {}

// The holder before this one is dead, or has left: the lock proves it.
void Role::claim_entry() {
    const ProcessIdentity self = this_process();
    record_.pid.store(self.pid);
    record_.started.store(self.started);
    record_.namespaces.store(self.namespaces);
    record_.state.store((record_.state.load() | taken) + 2);
    epoch_ = process_epoch();
}

// The lock is not left to close(2): a child forked before that would have it.
Role::~Role() {
    if (is_held()) {
        record_.state.fetch_and(~taken);
        let_go();
    }
}

void Role::let_go() const noexcept {
    if (shared_ < 0) {
        unlock_byte(fd_.get(), liveness_byte_);
    } else {
        unlock_byte(shared_, liveness_byte_, LockOwner::process);
        --for_process;
    }
}

// The child closes and does not unlock, which leaves the parent its lock. A lock of the process is
// not inherited.
void Role::in_forked_child() noexcept {
    for_process -= shared_ >= 0 ? 1 : 0;
    const UniqueFd closed = std::move(fd_);
}

bool Role::is_taken(int fd, std::uint32_t entry) {
    return byte_is_locked(fd, liveness_byte(entry));
}

int Role::holder(const ParticipantEntry& record) {
    const bool is_known =
        (record.state.load() & taken) != 0 && record.namespaces.load() == this_process().namespaces;
    return is_known ? record.pid.load() : 0;
}

} // namespace crex::detail::robust
