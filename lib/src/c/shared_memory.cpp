// SPDX-License-Identifier: BSL-1.0
#include <crex/c/shared_memory.h>

#include <utility>

#include <crex/shared_memory.hpp>

#include "c/arguments.hpp"
#include "c/call.hpp"

struct crex_shared_memory {
    crex::SharedMemory object;
};

struct crex_mapping {
    crex::Mapping object;
};

using namespace crex::c;

namespace {

crex::SharedMemoryOptions in_cpp(const crex_shared_memory_options* given) {
    const auto options = options_from(given, CREX_SHARED_MEMORY_OPTIONS_INIT);
    return {.mode = options.mode,
            .size = options.memory_size,
            .read_only = options.read_only != 0,
            .sparse = options.sparse != 0,
            .owner = id_from(options.owner),
            .group = id_from(options.group)};
}

crex::MapOptions in_cpp(const crex_map_options* given) {
    const auto options = options_from(given, CREX_MAP_OPTIONS_INIT);
    return {.offset = options.offset,
            .length = options.length,
            .read_only = options.read_only != 0,
            .populate = options.populate != 0};
}

} // namespace

int crex_shared_memory_open(crex_shared_memory** memory, const char* name, int flags,
                            const crex_shared_memory_options* options) {
    return called(__func__, [&] {
        auto& result = at(memory, "memory");
        const Place place{name, flags};
        result =
            new crex_shared_memory{crex::SharedMemory{place.name, place.flags, in_cpp(options)}};
    });
}

int crex_shared_memory_map(const crex_shared_memory* memory, crex_mapping** mapping,
                           const crex_map_options* options) {
    return called(__func__, memory, [&](const crex::SharedMemory& object) {
        at(mapping, "mapping") = new crex_mapping{object.map(in_cpp(options))};
    });
}

int crex_shared_memory_fd(const crex_shared_memory* memory, int* fd) {
    return called(__func__, memory,
                  [&](const crex::SharedMemory& object) { at(fd, "fd") = object.fd(); });
}

int crex_shared_memory_size(const crex_shared_memory* memory, size_t* size) {
    return called(__func__, memory,
                  [&](const crex::SharedMemory& object) { at(size, "size") = object.size(); });
}

int crex_shared_memory_id(const crex_shared_memory* memory, crex_object_id* id) {
    return called(__func__, memory,
                  [&](const crex::SharedMemory& object) { at(id, "id") = in_c(object.id()); });
}

int crex_shared_memory_is_linked(const crex_shared_memory* memory, bool* is_linked) {
    return called(__func__, memory, [&](const crex::SharedMemory& object) {
        at(is_linked, "is_linked") = object.is_linked();
    });
}

int crex_shared_memory_name(const crex_shared_memory* memory, const char** name) {
    return called(__func__, memory, [&](const crex::SharedMemory& object) {
        at(name, "name") = object.name().c_str();
    });
}

int crex_shared_memory_release_fd(crex_shared_memory* memory, int* fd) {
    return called(__func__, memory, [&](crex::SharedMemory& object) {
        int& result = at(fd, "fd");
        result = object.release_fd();
    });
}

int crex_shared_memory_unlink(crex_shared_memory* memory) {
    return called(__func__, memory, [](crex::SharedMemory& object) { object.unlink(); });
}

int crex_unlink_shared_memory(const char* name) {
    return called(__func__, [&] { crex::unlink_shared_memory(name_from(name)); });
}

int crex_shared_memory_close(crex_shared_memory* memory) {
    return called(__func__, memory, [](crex::SharedMemory& object) { object.close_fd(); });
}

void crex_shared_memory_free(crex_shared_memory* memory) { delete memory; }

int crex_mapping_bytes(crex_mapping* mapping, void** bytes, size_t* size) {
    return called(__func__, mapping, [&](crex::Mapping& object) {
        std::size_t& how_many = at(size, "size");
        at(bytes, "bytes") = object.bytes().data();
        how_many = object.size();
    });
}

int crex_mapping_read_bytes(const crex_mapping* mapping, const void** bytes, size_t* size) {
    return called(__func__, mapping, [&](const crex::Mapping& object) {
        std::size_t& how_many = at(size, "size");
        at(bytes, "bytes") = object.bytes().data();
        how_many = object.size();
    });
}

void crex_mapping_free(crex_mapping* mapping) { delete mapping; }
