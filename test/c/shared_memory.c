// SPDX-License-Identifier: BSL-1.0
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "checks.h"

static crex_mapping* map(const crex_shared_memory* memory, const crex_map_options* options) {
    crex_mapping* mapping = NULL;
    OK(crex_shared_memory_map(memory, &mapping, options));
    return mapping;
}

static void check_bytes(crex_shared_memory* memory) {
    crex_map_options options = CREX_MAP_OPTIONS_INIT;
    crex_mapping* const whole = map(memory, NULL);
    void* bytes = NULL;
    const void* seen = NULL;
    size_t size = 0;
    OK(crex_mapping_bytes(whole, &bytes, &size));
    CHECK(size == 5000);
    memcpy((char*)bytes + 4999, "!", 1);
    options.offset = 4998;
    options.length = 2;
    options.read_only = 1;
    options.populate = 1;
    crex_mapping* const part = map(memory, &options);
    OK(crex_mapping_read_bytes(part, &seen, &size));
    CHECK(size == 2 && memcmp(seen, "\0!", 2) == 0);
    FAILS(EACCES, NULL, crex_mapping_bytes(part, &bytes, &size));
    FAILS(EINVAL, "crex_mapping_bytes(): bytes is a null pointer",
          crex_mapping_bytes(whole, NULL, &size));
    FAILS(EINVAL, "crex_mapping_read_bytes(): size is a null pointer",
          crex_mapping_read_bytes(whole, &seen, NULL));
    crex_mapping* none = NULL;
    options.offset = 5001;
    FAILS(EINVAL, NULL, crex_shared_memory_map(memory, &none, &options));
    CHECK(none == NULL);
    crex_mapping_free(part);
    crex_mapping_free(whole);
    crex_mapping_free(NULL);
}

static void check_descriptor(crex_shared_memory* memory) {
    int fd = -1;
    OK(crex_shared_memory_fd(memory, &fd));
    CHECK(fd >= 0 && fcntl(fd, F_GETFD) == FD_CLOEXEC);
    fd = -1;
    OK(crex_shared_memory_release_fd(memory, &fd));
    CHECK(fd >= 0 && close(fd) == 0);
    OK(crex_shared_memory_fd(memory, &fd));
    CHECK(fd == -1);
    FAILS(EINVAL, NULL, crex_shared_memory_release_fd(memory, NULL));
}

static void check_identity(crex_shared_memory* memory) {
    crex_object_id id = {0, 0};
    bool is_linked = false;
    const char* its_name = NULL;
    size_t size = 0;
    OK(crex_shared_memory_size(memory, &size));
    CHECK(size == 5000);
    OK(crex_shared_memory_id(memory, &id));
    CHECK(id.inode != 0);
    OK(crex_shared_memory_name(memory, &its_name));
    CHECK(strcmp(its_name, name) == 0);
    OK(crex_shared_memory_is_linked(memory, &is_linked));
    CHECK(is_linked);
    OK(crex_shared_memory_unlink(memory));
    FAILS(ENOENT, NULL, crex_unlink_shared_memory(name));
}

void check_shared_memory(void) {
    crex_shared_memory_options options = CREX_SHARED_MEMORY_OPTIONS_INIT;
    crex_shared_memory* memory = NULL;
    size_t size = 0;
    FAILS(ENOENT, NULL, crex_shared_memory_open(&memory, name, 0, NULL));
    options.memory_size = 5000;
    OK(crex_shared_memory_open(&memory, name, CREX_CREX, &options));
    check_bytes(memory);
    check_identity(memory);
    check_descriptor(memory);
    FAILS(EBADF, "crex_shared_memory_size(\"%s\"): the handle is closed",
          crex_shared_memory_size(memory, &size));
    FAILS(EINVAL, "crex_shared_memory_size(): the handle is a null pointer",
          crex_shared_memory_size(NULL, &size));
    OK(crex_shared_memory_close(memory));
    crex_shared_memory_free(memory);
    crex_shared_memory_free(NULL);
}
