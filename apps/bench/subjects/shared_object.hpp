// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <exception>
#include <new>
#include <string>

#include <crex/shared_memory.hpp>

namespace bench {

// A C++ object in shared memory, followed by any number of bytes.
template <class Object> class SharedObject {
public:
    static void create(const std::string& name, std::size_t bytes) {
        crex::SharedMemory memory{name, crex::O_CREX, {.size = sizeof(Object) + bytes}};
        crex::Mapping mapping = memory.map();
        new (mapping.bytes().data()) Object;
    }

    static void remove(const std::string& name) noexcept {
        try {
            crex::unlink_shared_memory(name);
        } catch (const std::exception&) { // never made, or removed before
        }
    }

    explicit SharedObject(const std::string& name)
        : mapping_{crex::SharedMemory{name}.map({.populate = true})} {}

    Object* operator->() const { return std::launder(reinterpret_cast<Object*>(begin_)); }
    [[nodiscard]] std::byte* bytes() const { return begin_ + sizeof(Object); }

private:
    crex::Mapping mapping_;
    std::byte* begin_ = mapping_.bytes().data();
};

} // namespace bench
