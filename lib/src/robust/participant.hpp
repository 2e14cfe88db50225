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

// Taking part in a robust object: an entry of its table and a liveness lock, which is how the
// others know who lives.
//
// The liveness lock is a lock on a byte of the file, held by this handle's own open file
// description. So "is it alive?" is a question to the kernel, and needs no process id: those are
// reused, and mean nothing in another PID namespace.
//
// fork() hands the description on to the child, and with it the parent's liveness lock, which would
// then outlive the parent. So the child replaces it at once by one of its own, and claims an entry
// of its own when it first uses the object. A child that may not open the file (its privileges were
// dropped after it was opened) keeps its parent's description and locks for its process. Its
// parent's death is then noticed by looking for the process, within a second or so.

namespace crex::detail::robust {

class Participant {
public:
    // On an object whose file is open as `fd` and whose table is `table`. Both stay the
    // caller's, and where they are. Not taking part yet. `forks_before` is what forks() was before
    // the file was opened.
    Participant(int fd, ParticipantTable table, std::uint64_t forks_before);

    // Leaves, if still taking part.
    ~Participant();
    Participant(const Participant&) = delete;
    Participant& operator=(const Participant&) = delete;

    enum class Entry {
        had, // before
        taken,
        taken_from_dead, // and what that one left is to be put right
        none,            // all are taken by the living
        no_lock,         // the kernel gives no lock; errno says why
        no_file,         // the file's descriptor has been closed, or is another file's
    };

    // Claims an entry, unless this process has one already. One of somebody dead only when no other
    // is free. If the dead one held something, the object is to be recovered then; after that,
    // settled_for_dead() says so.
    Entry join();
    void settled_for_dead() noexcept;

    // Gives up the entry, if this process has one, and every lock that shows a user.
    void leave() noexcept;

    // Whether this process takes part. Everything else here wants that.
    [[nodiscard]] bool joined() const noexcept {
        return epoch_.load(std::memory_order_acquire) == epoch_now_.load(std::memory_order_relaxed);
    }

    [[nodiscard]] Identity me() const noexcept { return me_; }

    // How many entries there are.
    [[nodiscard]] std::size_t entries() const noexcept { return table_.size(); }

    [[nodiscard]] TableHints& hints() const noexcept { return table_.hints(); }

    // How many of them have ever been taken, the first ones; a hint.
    [[nodiscard]] std::size_t entries_used() const noexcept {
        return std::min<std::size_t>(table_.hints().used.load(std::memory_order_relaxed),
                                     entries());
    }

    // The calls under way on this entry that may wait. None when it is taken: what a forked child
    // has inherited counts its parent's threads. That is settled before joined() says that there is
    // an entry, so that no other thread of the child counts too early.
    [[nodiscard]] std::atomic<int>& calls() noexcept { return calls_; }

    // Signs the entry so that only the liveness lock tells who lives, not the process: for one
    // whose description others are to have, too. And as at first, which is nothing if it is so.
    void outlive_process() noexcept;
    void end_with_process() {
        if (outlives_process_) [[unlikely]] {
            sign(mine());
        }
    }

    // Whether `holder` is gone: its entry is another's by now, or its liveness lock is released.
    // Never this one.
    [[nodiscard]] bool is_dead(Identity holder) const;

    // The same, and also asks what only a bare clone(2) makes necessary: whether the process is
    // gone although its liveness lock is held, by a child that has inherited the description and
    // not executed anything. Some ten microseconds.
    [[nodiscard]] bool is_certainly_dead(Identity holder) const;

    // Whether its process certainly goes on: not when that is stopped, dying, or out of sight.
    [[nodiscard]] bool is_certainly_running(Identity holder) const;

    // Whose it is; nobody's when the entry is free.
    [[nodiscard]] Identity at(std::size_t entry) const;

    // The same of an entry whose participant holds something, else nobody.
    [[nodiscard]] Identity holder_at(std::size_t entry) const {
        return table_[entry].holding.load(std::memory_order_relaxed) != 0 ? at(entry) : Identity{};
    }

    // Its process id; 0 if it is in another PID namespace, where that means something else.
    [[nodiscard]] std::int32_t pid_of(Identity holder) const;

    // The slots that an entry's holder may own. Counted up before one is claimed and down after it
    // is let go of, so that it is never too low.
    void holds_one_more() noexcept { mine().holding.fetch_add(1, std::memory_order_relaxed); }
    void holds_one_less() noexcept { mine().holding.fetch_sub(1, std::memory_order_relaxed); }
    [[nodiscard]] bool holds_something(Identity holder) const { return holding(holder) != 0; }

    // The same where it is changed under a lock only, and exact.
    [[nodiscard]] std::uint32_t holding(Identity holder) const {
        return table_[holder.entry()].holding.load(std::memory_order_relaxed);
    }
    void hold(std::uint32_t count) noexcept {
        mine().holding.store(count, std::memory_order_release);
    }

    // Makes the entry of somebody dead free again. Only under the object's locks, when nothing
    // names it any more.
    void clear(Identity dead);

    // For threads that sleep in calls of this handle.
    [[nodiscard]] MonitorUse& monitor() const noexcept { return monitor_; }

    // How many participants are alive.
    [[nodiscard]] std::size_t count() const;

    // Whether the locks are the process's. Its descriptors of the file must stay open then.
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
    std::optional<ObjectId> file_; // what fd_ was at first
    ParticipantTable table_;
    Identity me_;
    ParticipantEntry* mine_ = nullptr; // the last that was
    std::atomic<int> calls_{0};
    const std::atomic<std::uint64_t>& epoch_now_;
    std::atomic<std::uint64_t> epoch_{no_epoch}; // of the process that has the entry
    std::uint64_t description_epoch_;            // of the one that has the description
    std::uint64_t forks_;                        // forks() when that one got it
    LockOwner owner_ = LockOwner::description;
    bool has_file_ = true;
    // What shows it until it has an entry: the opener's lock, or a forked child's.
    std::optional<std::uint64_t> unattached_byte_ = lifecycle_byte;
    bool outlives_process_ = false;
    void* anchor_ = nullptr;      // a mapping, never accessed: see anchor()
    std::uint32_t inherited_ = 0; // of `holding`, what is the dead one's
    std::mutex joining_;
    mutable MonitorUse monitor_;
    AtForkChild watch_{*this};

    static constexpr std::uint64_t no_epoch = ~std::uint64_t{0};
};

} // namespace crex::detail::robust
