// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

#include <crex/inventory.hpp>
#include <crex/limits.hpp>

// The names of files in /dev/shm. Shared memory and Boost's queues have no prefix of their own. So
// for them a name with the prefix of another kind is refused.

namespace crex::detail {

struct FilePrefix {
    std::string_view prefix;
    std::optional<ObjectKind> kind; // of the objects in such files
    std::string_view what;          // what such a file is, for error messages
};

inline constexpr std::array file_prefixes{
    FilePrefix{"sem.", ObjectKind::semaphore, "a semaphore"},
    FilePrefix{"crex-sem.", ObjectKind::robust_semaphore, "a robust semaphore"},
    FilePrefix{"crex-mq.", ObjectKind::robust_queue, "a robust message queue"},
    FilePrefix{"crex-ring.", ObjectKind::ring, "a ring"},
    FilePrefix{"crex-poll.", ObjectKind::poll_fifo, "a robust message queue's FIFO"},
    FilePrefix{"crex-aside.", std::nullopt, "an object that is being removed"},
};

// See ProvisionalSemaphore.
inline constexpr std::array provisional_prefixes{
    FilePrefix{"crex-tmp.", std::nullopt, "a semaphore that is being made"},
};

// The prefix that the file's name begins with. Null when there is none, or when nothing follows it.
constexpr const FilePrefix* prefix_of(std::string_view file,
                                      std::span<const FilePrefix> prefixes = file_prefixes) {
    for (const FilePrefix& each : prefixes) {
        if (file.size() > each.prefix.size() && file.starts_with(each.prefix)) {
            return &each;
        }
    }
    return nullptr;
}

struct NameRule {
    std::size_t longest;                       // without the slash
    std::span<const FilePrefix> reserved = {}; // for other things

    [[nodiscard]] constexpr const FilePrefix* reserved_for(std::string_view name) const {
        return prefix_of(name.substr(1), reserved);
    }
};

inline constexpr NameRule semaphore_names{semaphore_name_max, provisional_prefixes};
inline constexpr NameRule memory_names{shared_memory_name_max, file_prefixes};
inline constexpr NameRule robust_semaphore_names{robust_semaphore_name_max};
inline constexpr NameRule ring_names{ring_name_max};

} // namespace crex::detail
