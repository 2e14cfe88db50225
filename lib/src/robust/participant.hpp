// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <span>

#include "platform/byte_lock.hpp"
#include "platform/file.hpp"
#include "platform/fork.hpp"
#include "platform/sleep_monitor.hpp"
#include "robust/layout.hpp"

// A participant of a robust object: a handle with an entry of the object's table and a liveness
// lock, which tells the others that it lives.
//
// The liveness lock is a lock on a byte of the file, held by the handle's own open file
// description. So the kernel knows whether a participant lives, and no process id is needed.
// Process ids are reused, and mean nothing in another PID namespace.
//
// fork() gives the description to the child, and with it the parent's liveness lock, which would
// then outlive the parent. So the child replaces it at once by its own, and claims its own entry
// when it first uses the object. A child that may not open the file (its privileges were dropped
// after it was opened) keeps its parent's description and locks for its process. The parent's death
// is then noticed by checking for the process, within about 1 s.

namespace crex::detail::robust {

class Participant {
public:
    // For an object whose file is open as `fd` and whose table is `table`. Both stay the caller's,
    // which must not move them. No entry yet. `forks_before` is what forks() was before the file
    // was opened.
    Participant(int fd, ParticipantTable table, std::uint64_t forks_before);

    // Calls leave().
    ~Participant();
    Participant(const Participant&) = delete;
    Participant& operator=(const Participant&) = delete;

    enum class Entry {
        had, // before
        taken,
        taken_from_dead, // and what the dead one left must be recovered
        none,            // all are taken by living participants
        no_lock,         // the kernel gives no lock; errno says why
        no_file,         // the file's descriptor has been closed, or is another file's
    };

    // Claims an entry, unless this process has one already. It takes the entry of a dead
    // participant only when no other is free. If that participant held something, the caller must
    // recover the object, and then call drop_inherited(), which lowers `holding` by what it held.
    Entry join();
    void drop_inherited() noexcept;

    // Gives up the entry, if this process has one, and every lock that shows a user.
    void leave() noexcept;

    // Whether this process has an entry. The functions below require that.
    [[nodiscard]] bool joined() const noexcept {
        return epoch_.load(std::memory_order_acquire) == epoch_now_.load(std::memory_order_relaxed);
    }

    [[nodiscard]] Identity me() const noexcept { return me_; }

    // How many entries there are.
    [[nodiscard]] std::size_t entries() const noexcept { return table_.size(); }

    [[nodiscard]] TableHints& hints() const noexcept { return table_.hints(); }

    // How many of them, from the first on, have ever been taken; a hint.
    [[nodiscard]] std::size_t entries_used() const noexcept {
        return std::min<std::size_t>(table_.hints().used.load(std::memory_order_relaxed),
                                     entries());
    }

    // The number of calls under way that may wait. A new entry begins with 0, since the number that
    // a forked child inherits counts its parent's threads. It is set before joined() returns true,
    // so that no other thread of the child counts too early.
    [[nodiscard]] std::atomic<int>& calls() noexcept { return calls_; }

    // outlive_process() makes only the liveness lock say whether this participant lives, not its
    // process: for a description that others are to have, too. end_with_process() undoes it.
    void outlive_process() noexcept;
    [[nodiscard]] bool outlives_process() const noexcept { return outlives_process_; }
    void end_with_process() {
        if (outlives_process_) [[unlikely]] {
            sign(mine());
        }
    }

    // Whether `holder` is dead: its entry is free or another's by now, or its liveness lock is
    // released. False for this participant itself.
    [[nodiscard]] bool is_dead(Identity holder) const;

    // Whether is_dead(), or the process is gone although its liveness lock is held: by a child of a
    // bare clone(2), which has inherited the description and not executed anything. About 10 us.
    [[nodiscard]] bool is_dead_by_any_sign(Identity holder) const;

    // Whether its process certainly runs: false when it is stopped, dying, or out of sight.
    [[nodiscard]] bool is_certainly_running(Identity holder) const;

    // The participant that has the entry; Identity{} when it is free.
    [[nodiscard]] Identity at(std::size_t entry) const;

    // The participant that has the entry, if it holds something; else Identity{}.
    [[nodiscard]] Identity holder_at(std::size_t entry) const {
        return table_[entry].holding.load(std::memory_order_relaxed) != 0 ? at(entry) : Identity{};
    }

    // Its process id; 0 if it is in another PID namespace, where the id means something else.
    [[nodiscard]] std::int32_t pid_of(Identity holder) const;

    // The number of slots that the participant may own. It is raised before a slot is claimed and
    // lowered after it is given up, so that it is never too low.
    void holds_one_more() noexcept { mine().holding.fetch_add(1, std::memory_order_relaxed); }
    void holds_one_less() noexcept { mine().holding.fetch_sub(1, std::memory_order_relaxed); }
    [[nodiscard]] bool holds_something(Identity holder) const { return holding(holder) != 0; }

    // The number, for objects that change it only under a lock: there it is exact.
    [[nodiscard]] std::uint32_t holding(Identity holder) const {
        return table_[holder.entry()].holding.load(std::memory_order_relaxed);
    }
    void hold(std::uint32_t count) noexcept {
        mine().holding.store(count, std::memory_order_release);
    }

    // Frees the entry of a dead participant. Requires the object's locks, and that nothing names
    // the participant any more.
    void clear(Identity dead);

    // The monitor for threads that sleep in calls of this handle.
    [[nodiscard]] MonitorUse& monitor() const noexcept { return monitor_; }

    // How many participants are alive.
    [[nodiscard]] std::size_t count() const;

    // Whether the locks are the process's. Then its descriptors of the file must stay open.
    [[nodiscard]] bool locks_for_process() const noexcept { return owner_ == LockOwner::process; }

    void in_forked_child() noexcept;

private:
    [[nodiscard]] ParticipantEntry& mine() const { return *mine_; }
    enum class Candidates { free, any_unlocked };
    ByteLock claim_entry(std::uint32_t entry, Candidates candidates);
    void sign(ParticipantEntry& record);
    void note_taken(std::uint32_t entry) noexcept;
    void note_free(std::uint32_t entry) noexcept;
    ByteLock find_entry();
    ByteLock find_entry(Candidates candidates);
    void part_from_children(std::uint64_t forks_before);
    void renew_description() noexcept;
    void drop_locks(bool had_entry) noexcept;
    void stop_showing_unattached() noexcept;
    void anchor() noexcept;
    void weigh_anchor() noexcept;
    [[nodiscard]] bool has_own_file() const noexcept;

    int fd_;
    std::optional<ObjectId> file_; // the file behind fd_ at first
    ParticipantTable table_;
    Identity me_;
    ParticipantEntry* mine_ = nullptr; // the entry that it had last
    std::atomic<int> calls_{0};
    const std::atomic<std::uint64_t>& epoch_now_;
    std::atomic<std::uint64_t> epoch_{no_epoch}; // of the process that has the entry
    std::uint64_t description_epoch_;            // of the process that has the description
    std::uint64_t forks_;                        // forks() when that process got it
    LockOwner owner_ = LockOwner::description;
    bool has_file_ = true;
    // The byte whose lock shows this user until it has an entry: the opener's, or a forked child's.
    std::optional<std::uint64_t> unattached_byte_ = lifecycle_byte;
    bool outlives_process_ = false;
    void* anchor_ = nullptr;      // a mapping, never accessed: see anchor()
    std::uint32_t inherited_ = 0; // the part of `holding` that a dead one left
    std::mutex joining_;
    mutable MonitorUse monitor_;
    AtForkChild watch_{*this};

    static constexpr std::uint64_t no_epoch = ~std::uint64_t{0};
};

} // namespace crex::detail::robust
