// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>

#include <crex/export.hpp>

// The limits a program can run into, with posix_ipc's names in lower case. Functions ask the
// system; constants are crex's own.

namespace crex {

/// Longest names, without the leading slash. A semaphore's file is called `sem.NAME`.
inline constexpr std::size_t semaphore_name_max = 251;
inline constexpr std::size_t shared_memory_name_max = 255;
inline constexpr std::size_t message_queue_name_max = 255;

/// The same on the robust backend, whose files are called `crex-mq.NAME`.
inline constexpr std::size_t robust_message_queue_name_max = 247;

/// A RobustSemaphore's, whose file is called `crex-sem.NAME`.
inline constexpr std::size_t robust_semaphore_name_max = 246;

/// Bytes in a page: what mappings are rounded to.
[[nodiscard]] CREX_EXPORT std::size_t page_size();

/// The highest value a Semaphore can have.
[[nodiscard]] CREX_EXPORT unsigned semaphore_value_max();

/// What a MessageQueue is created with unless told otherwise.
inline constexpr std::size_t queue_messages_max_default = 10;
inline constexpr std::size_t queue_message_size_max_default = 8192;

/// The highest priority a message can have, on every backend.
inline constexpr unsigned queue_priority_max = 32767;

/// The robust backend: how large a queue and its messages can be, and how often a wait looks before
/// it yields (see MessageQueueOptions::spin).
inline constexpr std::size_t robust_queue_messages_max = std::size_t{1} << 24;
inline constexpr std::size_t robust_queue_message_size_max = std::size_t{1} << 30;
inline constexpr unsigned queue_spin_default = 60;

/// How many handles a robust queue or semaphore can have open at once, a forked child's included:
/// unless told otherwise, and at most (see MessageQueueOptions::max_handles).
inline constexpr std::size_t robust_handles_default = 512;
inline constexpr std::size_t robust_handles_max = 4096;

/// Rings, whose files are called `crex-ring.NAME`: how long their names, how many bytes and how
/// many records they can hold, and what they hold unless told otherwise.
inline constexpr std::size_t ring_name_max = 245;
inline constexpr std::uint64_t ring_capacity_max = std::uint64_t{1} << 40; // if it can be mapped
inline constexpr std::size_t ring_records_max = (std::size_t{1} << 30) - 2;
inline constexpr std::size_t ring_capacity_default = std::size_t{1} << 20;

/// What RingOptions::spin may be: look for ever, and never sleep.
inline constexpr unsigned spin_forever = ~0U;

/// Signals a program may use for its own ends (SIGRTMIN to SIGRTMAX).
[[nodiscard]] CREX_EXPORT int user_signal_min();
[[nodiscard]] CREX_EXPORT int user_signal_max();

/// Always true here; posix_ipc has them for platforms that lack the feature.
inline constexpr bool semaphore_timeout_supported = true;
inline constexpr bool semaphore_value_supported = true;
inline constexpr bool message_queues_supported = true;

} // namespace crex
