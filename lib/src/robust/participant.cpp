// SPDX-License-Identifier: BSL-1.0
#include "robust/participant.hpp"

#include <new>
#include <optional>
#include <utility>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "platform/byte_lock.hpp"
#include "platform/file.hpp"
#include "platform/process.hpp"
#include "robust/lifecycle.hpp"

namespace crex::detail::robust {
namespace {

constexpr std::uint32_t taken = 1;

constexpr std::uint32_t state_of(Identity identity) { return identity.generation() << 1 | taken; }

} // namespace

Participant::Participant(int fd, ParticipantTable table, std::uint64_t forks_before)
    : fd_{fd}, table_{table}, epoch_now_{process_epoch_word()},
      description_epoch_{process_epoch()}, forks_{forks_before} {
    if (const auto status = status_of(fd)) {
        file_ = id_of(*status);
    }
    part_from_children(forks_before);
}

// A child that another thread has forked since the file was opened, and before the at-fork handler
// was registered, has the description, and would keep every lock taken through it. So this gets a
// new description, if one can be obtained.
void Participant::part_from_children(std::uint64_t forks_before) {
    const std::uint64_t forks_now = forks();
    if (forks_now == forks_before) {
        return;
    }
    const ForkBlocker held_off;
    forks_ = forks_now;
    const UniqueFd fresh = reopened(fd_);
    if (fresh.get() >= 0) {
        share_byte(fresh.get(), lifecycle_byte);
        end_opening(fd_);
        dup3(fresh.get(), fd_, O_CLOEXEC);
    }
}

Participant::~Participant() { leave(); }

Participant::Entry Participant::join() {
    const std::lock_guard guard{joining_};
    if (joined()) {
        return Entry::had;
    }
    if (description_epoch_ != process_epoch()) {
        renew_description();
    }
    if (!has_file_) {
        return Entry::no_file;
    }
    const ByteLock liveness = find_entry();
    if (liveness != ByteLock::ours) {
        return liveness == ByteLock::impossible ? Entry::no_lock : Entry::none;
    }
    stop_showing_unattached();
    anchor();
    calls_ = 0;
    epoch_.store(process_epoch(), std::memory_order_release);
    return inherited_ == 0 ? Entry::taken : Entry::taken_from_dead;
}

// Other participants come and go during the search. So the table is full only if three searches in
// a row find every liveness lock held.
ByteLock Participant::find_entry() {
    std::optional<ForkBlocker> one_at_a_time; // the process would be granted its own lock again
    if (locks_for_process()) {
        (void)this_process(); // first: it may take a moment
        one_at_a_time.emplace();
    }
    auto result = find_entry(Candidates::free);
    for (int round = 0; round < 3 && result == ByteLock::another_s; ++round) {
        result = find_entry(Candidates::any_unlocked);
    }
    return result;
}

ByteLock Participant::find_entry(Candidates candidates) {
    const auto size = static_cast<std::uint32_t>(table_.size());
    const std::uint32_t first = table_.hints().free_from.load() % size;
    auto result = ByteLock::another_s;
    for (std::uint32_t i = 0; i < size && result == ByteLock::another_s; ++i) {
        result = claim_entry((first + i) % size, candidates);
    }
    return result;
}

// A new generation is a new identity: the old identity names a dead participant from here on. What
// that participant held stays counted until the object is recovered, so that a death right here is
// seen to leave something. A death before the store of `state` changes nothing.
ByteLock Participant::claim_entry(std::uint32_t entry, Candidates candidates) {
    auto& record = table_[entry];
    const auto suits = [&](std::uint32_t state) {
        return candidates == Candidates::any_unlocked || (state & taken) == 0;
    };
    if (!suits(record.state.load())) {
        return ByteLock::another_s;
    }
    const ByteLock liveness = lock_byte(fd_, table_.byte_of(entry), owner_);
    if (liveness != ByteLock::ours) {
        return liveness;
    }
    const std::uint32_t state = record.state.load();
    if (!suits(state)) { // another has just come and been killed
        unlock_byte(fd_, table_.byte_of(entry), owner_);
        return ByteLock::another_s;
    }
    if ((state & taken) == 0) {
        record.holding.store(0);
    }
    inherited_ = record.holding.load();
    sign(record);
    note_taken(entry);
    me_ = Identity{entry, (state >> 1) + 1};
    mine_ = &record;
    record.state.store(state_of(me_));
    return ByteLock::ours;
}

void Participant::note_taken(std::uint32_t entry) noexcept {
    TableHints& hints = table_.hints();
    std::uint32_t used = hints.used.load();
    while (used <= entry && !hints.used.compare_exchange_weak(used, entry + 1)) {
    }
    hints.free_from.store(entry + 1);
}

void Participant::note_free(std::uint32_t entry) noexcept {
    std::atomic<std::uint32_t>& from = table_.hints().free_from;
    std::uint32_t seen = from.load();
    while (seen > entry && !from.compare_exchange_weak(seen, entry)) {
    }
}

void Participant::sign(ParticipantEntry& record) {
    const ProcessIdentity self = this_process();
    record.pid.store(self.pid);
    record.started.store(self.started);
    record.namespaces.store(self.namespaces);
    outlives_process_ = false;
}

// All participants then take it for one of another PID namespace.
void Participant::outlive_process() noexcept {
    mine().namespaces.store(0);
    outlives_process_ = true;
}

void Participant::drop_inherited() noexcept {
    mine().holding.fetch_sub(std::exchange(inherited_, 0));
}

// The entry is freed before the liveness lock is released. A participant that still owns slots
// leaves its entry taken, as the dead do, so that another reaps it.
void Participant::leave() noexcept {
    const bool had_entry = joined();
    if (had_entry) {
        epoch_.store(no_epoch);
        if (mine().holding.load() == 0) {
            clear(me_);
        }
    }
    if (description_epoch_ == process_epoch() && has_own_file()) {
        drop_locks(had_entry);
    }
    weigh_anchor();
    me_ = Identity{};
}

// A mapping keeps its description, and so the liveness lock, even if the program closes the
// descriptor. Otherwise other participants would take over the locks of a living one.
void Participant::anchor() noexcept {
    if (!locks_for_process()) {
        void* const page = mmap(nullptr, 1, PROT_NONE, MAP_SHARED, fd_, 0);
        anchor_ = page == MAP_FAILED ? nullptr : page;
    }
}

void Participant::weigh_anchor() noexcept {
    if (anchor_ != nullptr) {
        munmap(std::exchange(anchor_, nullptr), 1);
    }
}

// A child that was just forked has no lock of its own yet, only the inherited description. So after
// a fork this process replaces its description and does not unlock: the locks last until the child
// has replaced it, too. Without a fork, the locks are dropped at once and not left to close(2),
// since another thread may fork before that.
void Participant::drop_locks(bool had_entry) noexcept {
    if (!locks_for_process() && forks() != forks_ && !outlives_process_ && reopen_as(fd_)) {
        forks_ = forks();
        unattached_byte_.reset();
        return;
    }
    if (had_entry) {
        unlock_byte(fd_, table_.byte_of(me_.entry()), owner_);
    }
    stop_showing_unattached();
}

// A lock of the process stays: it may show other handles, too. Few calls: the kernel goes through
// all the locks of the file in each.
void Participant::stop_showing_unattached() noexcept {
    const auto byte = std::exchange(unattached_byte_, std::nullopt);
    if (byte && !locks_for_process()) {
        unlock_byte(fd_, *byte);
    }
}

void Participant::in_forked_child() noexcept {
    new (&joining_) std::mutex; // its owner, if any, is not in this process
    renew_description();
}

// Gives the child its own description of the file, under the same number. The child may claim its
// entry much later; until then it shares the presence byte. Without a description (no /proc, or no
// right to open the file any more) it locks for its process, through its parent's.
void Participant::renew_description() noexcept {
    description_epoch_ = process_epoch();
    forks_ = forks();
    has_file_ = has_file_ && has_own_file();
    owner_ = LockOwner::description;
    unattached_byte_ = presence_byte;
    if (has_file_ && !reopen_as(fd_, presence_byte)) {
        owner_ = LockOwner::process;
        share_byte(fd_, presence_byte, owner_);
    }
    weigh_anchor(); // the parent's
}

// A program that becomes a daemon may close all descriptors and use their numbers for its own
// files. crex must not touch those, and a lock missing on them proves no death.
bool Participant::has_own_file() const noexcept {
    const auto status = status_of(fd_);
    return status && id_of(*status) == file_;
}

Identity Participant::at(std::size_t entry) const {
    const std::uint32_t state = table_[entry].state.load();
    return (state & taken) != 0 ? Identity{static_cast<std::uint32_t>(entry), state >> 1}
                                : Identity{};
}

std::int32_t Participant::pid_of(Identity holder) const {
    const auto& record = table_[holder.entry()];
    return record.namespaces.load() == this_process().namespaces ? record.pid.load() : 0;
}

bool Participant::is_dead(Identity holder) const {
    if (holder == me_) {
        return false;
    }
    if (holder.is_nobody() || holder.entry() >= table_.size() || at(holder.entry()) != holder) {
        return true;
    }
    return !byte_is_locked(fd_, table_.byte_of(holder.entry()), owner_) && has_own_file();
}

bool Participant::is_dead_by_any_sign(Identity holder) const {
    if (holder == me_) {
        return false;
    }
    if (is_dead(holder)) {
        return true;
    }
    const auto& record = table_[holder.entry()];
    return has_ended({record.pid.load(), record.started.load(), record.namespaces.load()});
}

bool Participant::is_certainly_running(Identity holder) const {
    if (holder == me_) {
        return true;
    }
    if (is_dead(holder)) {
        return false;
    }
    const auto& record = table_[holder.entry()];
    return runs_for_certain({record.pid.load(), record.started.load(), record.namespaces.load()});
}

void Participant::clear(Identity dead) {
    std::uint32_t state = state_of(dead);
    if (table_[dead.entry()].state.compare_exchange_strong(state, dead.generation() << 1)) {
        note_free(dead.entry());
    }
}

std::size_t Participant::count() const {
    std::size_t result = 0;
    for (std::size_t entry = 0; entry < table_.size(); ++entry) {
        const Identity identity = at(entry);
        result += identity.is_nobody() || is_dead(identity) ? 0 : 1;
    }
    return result;
}

} // namespace crex::detail::robust
