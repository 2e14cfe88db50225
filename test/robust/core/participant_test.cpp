// SPDX-License-Identifier: BSL-1.0

// The participants of a robust object, and which of them are dead.

#include <array>
#include <cerrno>
#include <fstream>
#include <string>
#include <utility>

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "arena.hpp"
#include "robust/death_watch.hpp"
#include "support/eventually.hpp"

using namespace test;
using namespace std::string_literals;
using robust::Identity;
using robust::Participant;

BOOST_AUTO_TEST_CASE(every_participant_gets_an_entry_of_its_own) {
    const Arena arena;
    const auto other = arena.another();
    BOOST_TEST((arena.self->participant.me() != other->participant.me()));
    BOOST_TEST(arena.self->participant.count() == 2U);
}

BOOST_AUTO_TEST_CASE(living_participants_are_not_dead) {
    const Arena arena;
    const auto other = arena.another();
    BOOST_TEST(!other->participant.is_dead(arena.self->participant.me()));
    BOOST_TEST(!other->participant.is_dead_by_any_sign(arena.self->participant.me()));
    BOOST_TEST(!other->participant.is_dead(other->participant.me()));
}

// A program that becomes a daemon may close all descriptors and open others.
BOOST_AUTO_TEST_CASE(participant_whose_descriptor_now_is_another_file_takes_no_other_for_dead) {
    const Arena arena;
    const auto other = arena.another();
    const crex::detail::UniqueFd stranger{::open("/dev/null", O_RDWR | O_CLOEXEC)};
    BOOST_TEST_REQUIRE(::dup3(stranger.get(), other->fd.get(), O_CLOEXEC) >= 0);
    BOOST_TEST(!other->participant.is_dead(arena.self->participant.me()));
    BOOST_TEST(other->participant.count() == 2U);
}

BOOST_AUTO_TEST_CASE(killed_participants_are_dead) {
    const Arena arena;
    const Identity dead = arena.killed_while([](Peer&) {});
    BOOST_TEST(arena.self->participant.is_dead(dead));
    BOOST_TEST(arena.self->participant.count() == 1U);
    const auto& self = arena.self->participant;
    BOOST_TEST((self.at(dead.entry()) == dead)); // its entry stays until it is cleared
    arena.self->participant.clear(dead);
    BOOST_TEST(self.at(dead.entry()).is_nobody());
}

BOOST_AUTO_TEST_CASE(stopped_participants_are_not_dead) {
    const Arena arena;
    int ends[2];
    BOOST_REQUIRE(pipe(ends) == 0);
    const pid_t child = fork();
    if (child == 0) {
        const auto peer = arena.another();
        const std::uint32_t identity = peer->participant.me().bits();
        (void)!write(ends[1], &identity, sizeof identity);
        raise(SIGSTOP);
        _exit(0);
    }
    std::uint32_t bits = 0;
    BOOST_REQUIRE(read(ends[0], &bits, sizeof bits) == sizeof bits);
    waitpid(child, nullptr, WUNTRACED);
    BOOST_TEST(!arena.self->participant.is_dead_by_any_sign(Identity{bits}));
    BOOST_TEST(!arena.self->participant.is_certainly_running(Identity{bits}));
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    BOOST_TEST(arena.self->participant.is_dead(Identity{bits}));
    close(ends[0]);
    close(ends[1]);
}

namespace {

// A control group for this test. All its processes can be frozen.
class FreezableGroup {
public:
    // The group is made below `root`. Writing `frozen` into its file `switch_file` freezes it.
    FreezableGroup(const std::string& root, std::string switch_file, std::string frozen,
                   std::string thawed)
        : directory_{root + unique_name()}, switch_{directory_ + "/" + std::move(switch_file)},
          frozen_{std::move(frozen)}, thawed_{std::move(thawed)},
          exists_{mkdir(directory_.c_str(), 0700) == 0 && access(switch_.c_str(), W_OK) == 0} {}
    ~FreezableGroup() {
        for (int i = 0; i < 1000 && rmdir(directory_.c_str()) != 0 && errno == EBUSY; ++i) {
            usleep(1000); // processes that were killed there are still ending
        }
    }
    FreezableGroup(const FreezableGroup&) = delete;
    FreezableGroup& operator=(const FreezableGroup&) = delete;

    [[nodiscard]] bool exists() const { return exists_; }
    void freeze(pid_t process) const {
        write_to(directory_ + "/cgroup.procs", std::to_string(process));
        write_to(switch_, frozen_);
    }
    void thaw() const { write_to(switch_, thawed_); }

private:
    static void write_to(const std::string& path, const std::string& text) {
        std::ofstream file{path};
        file << text << std::flush;
        BOOST_TEST(file.good());
    }

    std::string directory_;
    std::string switch_;
    std::string frozen_;
    std::string thawed_;
    bool exists_;
};

} // namespace

BOOST_AUTO_TEST_CASE(frozen_participants_are_neither_dead_nor_certain_to_run) {
    const std::string top = "/sys/fs/cgroup";
    int tried = 0;
    for (const auto& [root, file, frozen, thawed] :
         {std::array{top, "cgroup.freeze"s, "1"s, "0"s},
          std::array{top + "/unified", "cgroup.freeze"s, "1"s, "0"s},
          std::array{top + "/freezer", "freezer.state"s, "FROZEN"s, "THAWED"s}}) {
        const FreezableGroup group{root, file, frozen, thawed};
        if (!group.exists()) {
            continue;
        }
        ++tried;
        const Arena arena;
        std::array<int, 2> ends{};
        BOOST_REQUIRE(pipe(ends.data()) == 0);
        const pid_t child = fork();
        if (child == 0) {
            const auto peer = arena.another();
            const std::uint32_t identity = peer->participant.me().bits();
            (void)!write(ends[1], &identity, sizeof identity);
            for (;;) {
                pause();
            }
        }
        std::uint32_t bits = 0;
        BOOST_REQUIRE(read(ends[0], &bits, sizeof bits) == sizeof bits);
        const auto& self = arena.self->participant;
        BOOST_TEST(self.is_certainly_running(Identity{bits}), root);
        group.freeze(child);
        BOOST_TEST(eventually([&] { return !self.is_certainly_running(Identity{bits}); }), root);
        BOOST_TEST(!self.is_dead_by_any_sign(Identity{bits}), root);
        kill(child, SIGKILL);
        group.thaw();
        waitpid(child, nullptr, 0);
        close(ends[0]);
        close(ends[1]);
    }
    if (tried == 0) {
        BOOST_TEST_MESSAGE("left out: no control group can be made here");
    }
}

BOOST_AUTO_TEST_CASE(a_participant_that_leaves_is_gone_and_its_entry_is_free_for_another) {
    const Arena arena;
    auto other = arena.another();
    const Identity gone = other->participant.me();
    other.reset();
    BOOST_TEST(arena.self->participant.is_dead(gone));
    const auto next = arena.another();
    BOOST_TEST(next->participant.me().entry() == gone.entry());
    BOOST_TEST((next->participant.me() != gone)); // but not with the old identity
}

BOOST_AUTO_TEST_CASE(wrong_hints_keep_no_participant_out_and_hide_no_death) {
    const Arena arena;
    robust::TableHints& hints = arena.segment.participants().hints();
    for (const std::uint32_t wrong : {0U, 1U, 511U, 512U, ~0U}) {
        hints.used = wrong;
        hints.free_from = wrong;
        const auto other = arena.another();
        BOOST_TEST(!other->participant.me().is_nobody());
        BOOST_TEST((other->participant.me() != arena.self->participant.me()));
    }
    (void)arena.killed_while([](Peer& peer) { peer.participant.holds_one_more(); });
    hints.used = 0;
    BOOST_TEST(robust::holder_died(arena.self->participant, true));
}

BOOST_AUTO_TEST_CASE(participant_that_leaves_while_owning_slots_counts_as_dead) {
    const Arena arena;
    auto other = arena.another();
    const Identity gone = other->participant.me();
    other->participant.holds_one_more();
    other.reset();
    BOOST_TEST((arena.self->participant.at(gone.entry()) == gone));
    BOOST_TEST(arena.self->participant.is_dead(gone));
}

BOOST_AUTO_TEST_CASE(impossible_identity_counts_as_dead) {
    const Arena arena;
    BOOST_TEST(arena.self->participant.is_dead(Identity{}));
    BOOST_TEST(arena.self->participant.is_dead(Identity{1000, 1}));
    BOOST_TEST(arena.self->participant.is_dead(Identity{100, 1}));
}

BOOST_AUTO_TEST_CASE(
    a_forked_child_claims_an_entry_of_its_own_and_does_not_keep_its_parents_liveness_lock) {
    const Arena arena;
    int ends[2];
    BOOST_REQUIRE(pipe(ends) == 0);
    // The child claims an entry, forks a grandchild that lives on, and is killed.
    const Identity parent = arena.killed_while([&](Peer& peer) {
        if (fork() == 0) {
            const bool joined = peer.participant.joined();
            const auto taken = peer.participant.join();
            const std::uint32_t answer[] = {joined, taken == Participant::Entry::taken,
                                            peer.participant.me().bits(),
                                            static_cast<std::uint32_t>(getpid())};
            (void)!write(ends[1], answer, sizeof answer);
            pause();
        }
    });
    std::uint32_t answer[4] = {};
    BOOST_REQUIRE(read(ends[0], answer, sizeof answer) == sizeof answer);
    BOOST_TEST(answer[0] == 0U); // it knew that it had no entry
    BOOST_TEST(answer[1] == 1U);
    BOOST_TEST(!arena.self->participant.is_dead(Identity{answer[2]}));
    BOOST_TEST(arena.self->participant.is_dead(parent));
    kill(static_cast<pid_t>(answer[3]), SIGKILL);
    close(ends[0]);
    close(ends[1]);
}

// Another thread may fork at this moment; here the thread itself forks.
BOOST_AUTO_TEST_CASE(a_child_forked_between_opening_and_attaching_does_not_keep_the_liveness_lock) {
    const Arena arena;
    int ends[2];
    BOOST_REQUIRE(pipe(ends) == 0);
    crex::detail::UniqueFd fd; // kept until the kill
    std::optional<Participant> late;
    (void)arena.killed_while([&](Peer& peer) {
        const std::uint64_t forks_before = crex::detail::forks();
        fd = crex::detail::reopened(peer.fd.get());
        const pid_t child = fork();
        if (child == 0) {
            for (;;) {
                pause();
            }
        }
        auto* const table = arena.segment.at<robust::ParticipantEntry>(robust::participants_offset);
        late.emplace(fd.get(), table, forks_before);
        late->join();
        const std::uint32_t answer[] = {late->me().bits(), static_cast<std::uint32_t>(child)};
        (void)!write(ends[1], answer, sizeof answer);
    });
    std::uint32_t answer[2] = {};
    BOOST_REQUIRE(read(ends[0], answer, sizeof answer) == sizeof answer);
    BOOST_TEST(kill(static_cast<pid_t>(answer[1]), 0) == 0);
    BOOST_TEST(arena.self->participant.is_dead(Identity{answer[0]}));
    kill(static_cast<pid_t>(answer[1]), SIGKILL);
    close(ends[0]);
    close(ends[1]);
}

BOOST_AUTO_TEST_CASE(a_bare_clone_that_keeps_the_liveness_lock_is_seen_through) {
    const Arena arena;
    int ends[2];
    BOOST_REQUIRE(pipe(ends) == 0);
    const Identity parent = arena.killed_while([&](Peer&) {
        const long pid = syscall(SYS_clone, SIGCHLD, nullptr, nullptr, nullptr, nullptr);
        if (pid == 0) { // no handler of fork() has run in this child
            const pid_t self = getpid();
            (void)!write(ends[1], &self, sizeof self);
            pause();
        }
    });
    pid_t clone = 0;
    BOOST_REQUIRE(read(ends[0], &clone, sizeof clone) == sizeof clone);
    BOOST_TEST(!arena.self->participant.is_dead(parent));
    BOOST_TEST(arena.self->participant.is_dead_by_any_sign(parent));
    kill(clone, SIGKILL);
    close(ends[0]);
    close(ends[1]);
}

BOOST_AUTO_TEST_CASE(when_all_entries_are_taken_those_of_the_dead_are_claimed_and_no_others) {
    const Arena arena;
    std::vector<std::unique_ptr<Peer>> entries;
    for (std::size_t i = 2; i < robust::participants_default; ++i) {
        entries.push_back(arena.another());
    }
    const Identity dead = arena.killed_while([](Peer& peer) { peer.participant.holds_one_more(); });
    Peer next{arena.segment};
    BOOST_TEST((next.participant.join() == Participant::Entry::taken_from_dead));
    BOOST_TEST(next.participant.me().entry() == dead.entry());
    BOOST_TEST(arena.self->participant.is_dead(dead));
    BOOST_TEST(next.participant.holds_something(next.participant.me())); // until recovery is done
    next.participant.drop_inherited();
    BOOST_TEST(!next.participant.holds_something(next.participant.me()));
    Peer late{arena.segment};
    BOOST_TEST((late.participant.join() == Participant::Entry::none));
}

BOOST_AUTO_TEST_CASE(entry_of_a_dead_participant_that_held_nothing_is_free) {
    const Arena arena;
    std::vector<std::unique_ptr<Peer>> entries;
    for (std::size_t i = 2; i < robust::participants_default; ++i) {
        entries.push_back(arena.another());
    }
    const Identity dead = arena.killed_while([](Peer&) {});
    Peer next{arena.segment};
    BOOST_TEST((next.participant.join() == Participant::Entry::taken));
    BOOST_TEST(next.participant.me().entry() == dead.entry());
    BOOST_TEST((next.participant.me() != dead));
}
