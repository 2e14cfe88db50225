// SPDX-License-Identifier: BSL-1.0
#include "memory_channel.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>

#include <crex.h>

struct memory_channel {
    struct channel base; // first: the conversation knows this part
    crex_shared_memory* memory;
    crex_mapping* mapping;
    crex_semaphore* semaphore;
    _Atomic char* text; // each byte by itself, so that without the semaphore it is only corrupt
    size_t room;
};

static bool is_guarded(const struct memory_channel* self) {
    return !self->base.parameters->live_dangerously;
}

static bool release(struct memory_channel* self) {
    return !is_guarded(self) || crex_semaphore_release(self->semaphore, 1) == 0 || complain();
}

// Reads up to the NUL, or to the end of the memory.
static void read_text(const struct memory_channel* self, char* text) {
    size_t i = 0;
    for (; i < self->room && i < text_size - 1; ++i) {
        text[i] = atomic_load_explicit(&self->text[i], memory_order_relaxed);
        if (text[i] == '\0') {
            return;
        }
    }
    text[i] = '\0';
}

static bool say(struct channel* channel, const char* text) {
    struct memory_channel* const self = (struct memory_channel*)channel;
    narrate(channel, "writing %s", text);
    for (size_t i = 0; i <= strlen(text) && i < self->room; ++i) { // the NUL too
        atomic_store_explicit(&self->text[i], text[i], memory_order_relaxed);
    }
    if (is_guarded(self)) {
        narrate(channel, "Releasing the semaphore");
    }
    return release(self);
}

// The time-out is for a peer that dies while it holds the semaphore. Before the semaphore is
// acquired, a glance must show that there is something else to read: that delays no peer.
static enum seen look(struct channel* channel, const char* said, char* heard, int64_t timeout) {
    struct memory_channel* const self = (struct memory_channel*)channel;
    if (timeout == CREX_DO_NOT_WAIT) {
        read_text(self, heard);
        if (strcmp(heard, said) == 0) {
            return seen_nothing;
        }
    }
    const int error = is_guarded(self) ? crex_semaphore_acquire(self->semaphore, timeout) : 0;
    if (error == ETIMEDOUT || error == EINTR) {
        return seen_nothing;
    }
    if (error != 0) {
        complain();
        return seen_error;
    }
    read_text(self, heard);
    if (strcmp(heard, said) == 0) {
        return release(self) ? seen_own : seen_error;
    }
    narrate(channel, "read %s", heard);
    return seen_answer;
}

// Conclusion's last act is a release.
static void finish(struct channel* channel) {
    struct memory_channel* const self = (struct memory_channel*)channel;
    if (is_guarded(self)) {
        narrate(channel, "Waiting to acquire the semaphore, for the last time");
        if (crex_semaphore_acquire(self->semaphore, INT64_C(5000000000)) != 0) {
            narrate(channel, "She has not given it back; never mind");
        }
    }
}

// Removes what Premise has created, if it still has its name.
static void remove_objects(struct memory_channel* self) {
    const struct parameters* const parameters = self->base.parameters;
    bool is_ours = false;
    if (self->memory != NULL && crex_shared_memory_is_linked(self->memory, &is_ours) == 0 &&
        is_ours) {
        narrate(&self->base, "Removing shared memory %s", parameters->shared_memory_name);
        if (crex_shared_memory_unlink(self->memory) != 0) {
            complain();
        }
    }
    if (self->semaphore != NULL && crex_semaphore_is_linked(self->semaphore, &is_ours) == 0 &&
        is_ours) {
        narrate(&self->base, "Removing semaphore %s", parameters->semaphore_name);
        if (crex_semaphore_unlink(self->semaphore) != 0) {
            complain();
        }
        release(self);
    }
}

static void close_objects(struct memory_channel* self) {
    crex_mapping_free(self->mapping);
    crex_shared_memory_free(self->memory);
    crex_semaphore_free(self->semaphore);
    self->mapping = NULL;
    self->memory = NULL;
    self->semaphore = NULL;
}

static int open_objects(struct memory_channel* self, int flags, size_t size) {
    const struct parameters* const parameters = self->base.parameters;
    crex_shared_memory_options memory_options = CREX_SHARED_MEMORY_OPTIONS_INIT;
    crex_semaphore_options semaphore_options = CREX_SEMAPHORE_OPTIONS_INIT;
    memory_options.mode = semaphore_options.mode = parameters->permissions;
    memory_options.memory_size = size;
    const int error = crex_shared_memory_open(&self->memory, parameters->shared_memory_name, flags,
                                              &memory_options);
    return error != 0 ? error
                      : crex_semaphore_open(&self->semaphore, parameters->semaphore_name, flags,
                                            &semaphore_options);
}

static bool map(struct memory_channel* self) {
    void* bytes = NULL;
    if (crex_shared_memory_map(self->memory, &self->mapping, NULL) != 0 ||
        crex_mapping_bytes(self->mapping, &bytes, &self->room) != 0) {
        return complain();
    }
    self->text = bytes;
    return true;
}

// A Premise written in C creates its memory before that has a size.
static bool try_open(struct channel* channel, bool* missing) {
    struct memory_channel* const self = (struct memory_channel*)channel;
    size_t size = 0;
    int error = open_objects(self, 0, 0);
    if (error == 0) {
        error = crex_shared_memory_size(self->memory, &size);
    }
    *missing = error == ENOENT || (error == 0 && size == 0);
    if (error == 0 && size != 0) {
        return true;
    }
    close_objects(self);
    return false;
}

static bool create(struct memory_channel* self, const char* program) {
    const int error = open_objects(self, CREX_CREX, self->base.parameters->shm_size);
    if (error == 0) {
        return true;
    }
    complain();
    remove_objects(self); // the memory, if the semaphore was there already
    close_objects(self);
    if (error == EEXIST) {
        explain_leftovers(self->base.parameters, program);
    }
    return false;
}

int converse_in_memory(enum role role, int argc, char** argv, const char* about) {
    struct parameters parameters;
    struct memory_channel self = {
        {"Shared memory", &parameters, role, role == conclusion, false, say, look, finish},
        NULL,
        NULL,
        NULL,
        NULL,
        0,
    };
    enum status status = failure;
    read_parameters(argc, argv, about, &parameters);
    catch_signals();
    if (role == premise ? !create(&self, argv[0]) : !open_soon(&self.base, try_open)) {
        return failure;
    }
    if (map(&self)) {
        status = converse(&self.base);
    }
    if (role == premise) {
        remove_objects(&self);
    }
    close_objects(&self);
    return (int)status;
}
