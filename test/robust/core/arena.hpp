// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <functional>
#include <memory>
#include <string>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include "message_queue/robust/queue_locks.hpp"
#include "message_queue/robust/queue_memory.hpp"
#include "robust/participant.hpp"
#include "robust/segment.hpp"
#include "support/unique_name.hpp"

// A robust queue's memory without a queue on it, and participants that use it.

namespace test {

namespace robust = crex::detail::robust;

/// A participant with a descriptor of its own on an arena's file.
struct Peer {
    explicit Peer(const robust::Segment& segment)
        : fd{::open(("/proc/self/fd/" + std::to_string(segment.fd())).c_str(), O_RDWR | O_CLOEXEC)},
          participant{fd.get(), segment.at<robust::ParticipantEntry>(robust::participants_offset),
                      forks_before} {}

    std::uint64_t forks_before = crex::detail::forks();
    crex::detail::UniqueFd fd;
    robust::Participant participant;
};

/// The memory is a file that never gets a name. The sequences begin with 1, as in a queue.
struct Arena {
    explicit Arena(std::size_t capacity = 4, std::size_t item_size = 64)
        : segment{*robust::Segment::unborn({"test", name}, robust::queue_kind,
                                           header(capacity, item_size), true)},
          memory{segment} {
        memory.body().next_sequence = 1;
        memory.body().head_sequence = 1;
        self->participant.join();
    }

    static robust::Header header(std::size_t capacity, std::size_t item_size) {
        robust::Header header{};
        header.capacity = capacity;
        header.item_size = item_size;
        return header;
    }

    /// Another participant.
    [[nodiscard]] std::unique_ptr<Peer> another() const {
        auto peer = std::make_unique<Peer>(segment);
        peer->participant.join();
        return peer;
    }

    /// Runs `body` as another participant in a second process, which is dead when this returns.
    robust::Identity killed_while(const std::function<void(Peer&)>& body) const {
        int pipe_ends[2];
        BOOST_REQUIRE(pipe(pipe_ends) == 0);
        const pid_t child = fork();
        if (child == 0) {
            auto peer = another();
            const std::uint32_t identity = peer->participant.me().bits();
            body(*peer);
            (void)!write(pipe_ends[1], &identity, sizeof identity);
            raise(SIGKILL);
        }
        close(pipe_ends[1]);
        std::uint32_t identity = 0;
        BOOST_REQUIRE(read(pipe_ends[0], &identity, sizeof identity) == sizeof identity);
        close(pipe_ends[0]);
        waitpid(child, nullptr, 0);
        return robust::Identity{identity};
    }

    /// For functions that need the queue's locks: the test's thread is the only one there.
    struct NoOthers final : robust::BothLocked {};

    std::string name = unique_name();
    robust::Segment segment;
    robust::QueueMemory memory;
    NoOthers locked;
    std::unique_ptr<Peer> self = std::make_unique<Peer>(segment);
};

} // namespace test
