// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <crex/crex.hpp>

// A robust queue in one of the states of normal operation, to be damaged and restored.

namespace hostile {

constexpr std::size_t capacity = 6;
constexpr std::size_t item_size = 100;

/// The states a queue is damaged in.
enum class QueueState {
    empty,
    lane,
    full_lane,
    index,
    full_index,
    borrowed,  // loans and leases of living participants
    abandoned, // loans and leases of a dead participant, which also held the senders' lock
    recovered,
    shut_down,
    with_dead_letters,
    until_unused,
};
constexpr std::size_t queue_states = 11;

const char* to_string(QueueState queue_state);

/// The bytes of a file, mapped.
class Mapping {
public:
    explicit Mapping(const std::string& path);
    ~Mapping();
    Mapping(const Mapping&) = delete;
    Mapping& operator=(const Mapping&) = delete;

    [[nodiscard]] std::span<std::byte> bytes() const { return bytes_; }

private:
    std::span<std::byte> bytes_;
};

class Situation {
public:
    /// Makes the queue called `name` and, where the state needs one, its dead-letter queue.
    Situation(std::string name, QueueState queue_state);
    ~Situation();
    Situation(const Situation&) = delete;
    Situation& operator=(const Situation&) = delete;

    /// The handle that was open before the damage.
    [[nodiscard]] crex::MessageQueue& handle() { return *handle_; }
    [[nodiscard]] crex::MessageQueue open_another() const;

    [[nodiscard]] std::span<std::byte> bytes() const { return mapping_->bytes(); }
    [[nodiscard]] std::span<const std::byte> whole() const { return whole_; }

    /// Restores the bytes. False when the file itself is gone.
    [[nodiscard]] bool restore();

private:
    void arrange(QueueState queue_state);
    void send(int count, unsigned priority);
    void abandon() const;

    std::string name_;
    std::optional<crex::MessageQueue> handle_;
    std::optional<crex::MessageQueue> other_; // another living participant
    std::vector<crex::Loan> loans_;
    std::vector<crex::Lease> leases_;
    std::unique_ptr<Mapping> mapping_;
    std::vector<std::byte> whole_;
};

/// The path of the queue's file.
std::string path_of(const std::string& name);

/// Removes all files that a Situation of this name has left.
void clean_up_after(const std::string& name);

} // namespace hostile
