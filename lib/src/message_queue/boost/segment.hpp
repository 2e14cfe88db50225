// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

#include <boost/interprocess/ipc/message_queue.hpp>
#include <boost/interprocess/mapped_region.hpp>

#include <crex/inventory.hpp>
#include <crex/message_queue.hpp>

#include "common/errors.hpp"
#include "platform/file.hpp"

// The shared memory of a boost::interprocess::message_queue.
//
// message_queue itself spins forever on a segment whose creator never finishes, locks without a
// bound and waits on condition variables. None of that can be switched off. Its shared structure is
// a class of its own, mq_hdr_t, with the queue's whole logic and no waiting. crex uses that class,
// which makes the two compatible: Boost's own code lays out and changes the bytes.

namespace crex::detail {

class BoostSegment {
public:
    using Header = boost::interprocess::ipcdetail::mq_hdr_t<boost::interprocess::offset_ptr<void>>;
    using MessageHeader =
        boost::interprocess::ipcdetail::msg_hdr_t<boost::interprocess::offset_ptr<void>>;

    // Maps the queue named call.object. Returns nullopt when there is none. Throws CorruptError
    // when the file is not a finished queue.
    static std::optional<BoostSegment> open(const Call& call);

    // Creates the queue, in a file without a name yet. Returns nullopt when the name is taken.
    static std::optional<BoostSegment> unborn(const Call& call, const MessageQueueOptions& options);

    // Reads what a file of this size says of its queue, and changes nothing. Returns nullopt unless
    // it is a finished queue.
    struct Look {
        std::size_t messages;
        std::size_t max_messages;
        std::size_t max_message_size;
    };
    static std::optional<Look> look(int fd, std::uint64_t size);

    [[nodiscard]] Header& header() const;
    [[nodiscard]] ObjectId id() const { return id_; }

    // Hands over the file, which is open for reading and writing.
    [[nodiscard]] UniqueFd release_file() { return std::move(file_); }

    // Whether `message` is the header of one of this queue's messages, with a length it can have.
    [[nodiscard]] bool holds(const MessageHeader& message) const;

private:
    BoostSegment(boost::interprocess::mapped_region region, UniqueFd file)
        : region_{std::move(region)}, file_{std::move(file)}, id_{id_of(*status_of(file_.get()))} {}

    static bool is_consistent(const Header& header, std::uint64_t size);

    boost::interprocess::mapped_region region_;
    UniqueFd file_;
    ObjectId id_;
};

} // namespace crex::detail
