// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>

#include <crex/export.hpp>

// Limits of the system and of crex, with posix_ipc's names in lower case. Functions ask the system;
// constants are crex's own.

namespace crex {

/// Longest names, without the leading slash. A semaphore's file is called `sem.NAME`.
inline constexpr std::size_t semaphore_name_max = 251;
inline constexpr std::size_t shared_memory_name_max = 255;
inline constexpr std::size_t message_queue_name_max = 255;

/// Longest name of a queue on the robust backend, whose file is called `crex-mq.NAME`.
inline constexpr std::size_t robust_message_queue_name_max = 247;

/// Longest name of a RobustSemaphore, whose file is called `crex-sem.NAME`.
inline constexpr std::size_t robust_semaphore_name_max = 246;

/// Bytes in a page. Mappings are rounded to it.
[[nodiscard]] CREX_EXPORT std::size_t page_size();

/// The highest value a Semaphore can have.
[[nodiscard]] CREX_EXPORT unsigned semaphore_value_max();

/// The sizes of a new MessageQueue by default.
inline constexpr std::size_t queue_messages_max_default = 10;
inline constexpr std::size_t queue_message_size_max_default = 8192;

/// The highest priority a message can have, on every backend.
inline constexpr unsigned queue_priority_max = 32767;

/// The robust backend: the largest number and size of messages, and how many times a wait looks by
/// default before it yields (see MessageQueueOptions::spin).
inline constexpr std::size_t robust_queue_messages_max = std::size_t{1} << 24;
inline constexpr std::size_t robust_queue_message_size_max = std::size_t{1} << 30;
inline constexpr unsigned queue_spin_default = 60;

/// How many handles a robust queue or semaphore can have open at once, those of forked children
/// included: by default, and at most (see MessageQueueOptions::max_handles).
inline constexpr std::size_t robust_handles_default = 512;
inline constexpr std::size_t robust_handles_max = 4096;

/// Rings, whose files are called `crex-ring.NAME`: the longest name, the largest number of bytes
/// and of records, and the number of bytes by default.
inline constexpr std::size_t ring_name_max = 245;
inline constexpr std::uint64_t ring_capacity_max = std::uint64_t{1} << 40; // if it can be mapped
inline constexpr std::size_t ring_records_max = (std::size_t{1} << 30) - 2;
inline constexpr std::size_t ring_capacity_default = std::size_t{1} << 20;

/// For RingOptions::spin: look forever, never sleep.
inline constexpr unsigned spin_forever = ~0U;

/// The signals that a program may use for its own purposes (SIGRTMIN to SIGRTMAX).
[[nodiscard]] CREX_EXPORT int user_signal_min();
[[nodiscard]] CREX_EXPORT int user_signal_max();

/// Always true in crex; posix_ipc has them for platforms that lack the feature.
inline constexpr bool semaphore_timeout_supported = true;
inline constexpr bool semaphore_value_supported = true;
inline constexpr bool message_queues_supported = true;

} // namespace crex
