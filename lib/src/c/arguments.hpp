// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <type_traits>

#include <crex/c/base.h>
#include <crex/name.hpp>
#include <crex/object_id.hpp>
#include <crex/timeout.hpp>

#include "c/failure.hpp"

// C's arguments as C++ has them. All throw std::invalid_argument for what can never be right.

namespace crex::c {

// What the argument `name` points to.
template <class Value> Value& at(Value* pointer, const char* name) {
    if (pointer == nullptr) [[unlikely]] {
        throw_null(name);
    }
    return *pointer;
}

// A null pointer stands for no values.
template <class Value> void check_array(Value* values, std::size_t count, const char* name) {
    if (values == nullptr && count != 0) [[unlikely]] {
        throw_null(name);
    }
}

// A null pointer stands for no bytes.
template <class Pointer> auto bytes_at(Pointer* pointer, std::size_t size, const char* name) {
    using Byte = std::conditional_t<std::is_const_v<Pointer>, const std::byte, std::byte>;
    check_array(pointer, size, name);
    return std::span{static_cast<Byte*>(pointer), size};
}

[[noreturn]] void throw_bad_timeout(std::int64_t nanoseconds);

// Without a call inside, before which the arguments of every waiting function would be saved.
[[gnu::always_inline, gnu::flatten]] inline Timeout timeout_from(std::int64_t nanoseconds) {
    if (nanoseconds == CREX_NO_TIMEOUT) {
        return no_timeout;
    }
    if (nanoseconds < 0) [[unlikely]] {
        throw_bad_timeout(nanoseconds);
    }
    return std::chrono::nanoseconds{nanoseconds};
}

// Where and how an object is opened.
struct Place {
    Place(const char* its_name, int its_flags);

    Name name;
    int flags;
};

// The name of an object to be unlinked.
std::string_view name_from(const char* name);

inline std::optional<unsigned> id_from(unsigned id) {
    return id == CREX_OWN_ID ? std::nullopt : std::optional{id};
}

inline crex_object_id in_c(const ObjectId& id) { return {id.device, id.inode}; }

// The size that a struct had in version 0.1. To be specialised for a struct that has grown since.
template <class Struct> inline constexpr std::size_t first_size = sizeof(Struct);

// Throws if the caller says that the struct is smaller than the `first` one: it was not
// initialised.
void check_struct(std::size_t size, std::size_t first);

// How much the caller has filled in of a struct of `known` bytes; its own has `size`.
// Beyond them, in a struct of a later version, all bytes must be zero: the default of each later
// member.
std::size_t checked_size(const void* given, std::size_t size, std::size_t first, std::size_t known);

// The options that the caller has given, or the defaults.
template <class Options> Options options_from(const Options* given, const Options& defaults) {
    // Else a later member could come to stand in an earlier version's padding.
    static_assert(std::has_unique_object_representations_v<Options> || sizeof(void*) == 4);
    if (given == nullptr) {
        return defaults;
    }
    Options options = defaults;
    std::memcpy(&options, given,
                checked_size(given, given->size, first_size<Options>, sizeof(Options)));
    if constexpr (requires { options.reserved; }) {
        if (options.reserved != 0) {
            throw_invalid("options->reserved is not 0");
        }
    }
    return options;
}

} // namespace crex::c
