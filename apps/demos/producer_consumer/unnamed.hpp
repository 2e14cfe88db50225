// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <optional>
#include <utility>

#include <crex/open_flags.hpp>
#include <crex/shared_memory.hpp>

namespace demo {

// A new object whose name is removed at once. Forked children can use it all the same, and however
// the program ends, nothing is left behind.
template <class Object, class Options> Object unnamed(const Options& options) {
    Object object{std::nullopt, crex::O_CREX, options};
    object.unlink();
    return object;
}

inline crex::Mapping unnamed_memory(std::size_t size) {
    return unnamed<crex::SharedMemory>(crex::SharedMemoryOptions{.size = size}).map();
}

} // namespace demo
