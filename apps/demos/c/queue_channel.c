// SPDX-License-Identifier: BSL-1.0
#include "queue_channel.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <crex.h>

struct queue_channel {
    struct channel base; // first: the conversation knows this part
    crex_message_queue* queue;
    char* buffer;
    size_t room;
    bool taken; // what this process sent last has left the queue
};

static bool send_text(struct queue_channel* self, const char* text) {
    self->taken = false;
    return crex_message_queue_send(self->queue, text, strlen(text), 0,
                                   self->base.parameters->patience) == 0 ||
           complain();
}

static bool say(struct channel* channel, const char* text) {
    narrate(channel, "sending %s", text);
    return send_text((struct queue_channel*)channel, text);
}

// Whether to receive now would probably only take back the own message.
static bool is_too_early(struct queue_channel* self, const char* said) {
    size_t count = 0;
    self->taken = self->taken || self->base.has_yielded || said[0] == '\0' ||
                  (crex_message_queue_current_messages(self->queue, &count) == 0 && count == 0);
    return !self->taken;
}

static enum seen look(struct channel* channel, const char* said, char* heard, int64_t timeout) {
    struct queue_channel* const self = (struct queue_channel*)channel;
    size_t size = 0;
    if (timeout == CREX_DO_NOT_WAIT && is_too_early(self, said)) {
        return seen_nothing;
    }
    const int error =
        crex_message_queue_receive(self->queue, self->buffer, self->room, &size, NULL, timeout);
    if (error == ETIMEDOUT || error == EINTR) {
        return seen_nothing;
    }
    if (error != 0 || size >= text_size) {
        complain();
        return seen_error;
    }
    memcpy(heard, self->buffer, size);
    heard[size] = '\0';
    if (strcmp(heard, said) == 0) {
        return send_text(self, said) ? seen_own : seen_error;
    }
    narrate(channel, "received %s", heard);
    return seen_answer;
}

static void close_queue(struct queue_channel* self) {
    bool is_ours = false;
    if (self->base.role == premise && crex_message_queue_is_linked(self->queue, &is_ours) == 0 &&
        is_ours) {
        narrate(&self->base, "Removing message queue %s",
                self->base.parameters->message_queue_name);
        if (crex_message_queue_unlink(self->queue) != 0) {
            complain();
        }
    }
    crex_message_queue_free(self->queue);
    self->queue = NULL;
    free(self->buffer);
}

static void finish(struct channel* channel) { (void)channel; } // the queue is closed afterwards

static int open_queue(struct queue_channel* self, int flags) {
    const struct parameters* const parameters = self->base.parameters;
    crex_message_queue_options options = CREX_MESSAGE_QUEUE_OPTIONS_INIT;
    options.mode = parameters->permissions;
    options.backend = parameters->queue_backend;
    return crex_message_queue_open(&self->queue, parameters->message_queue_name, flags, &options);
}

static bool try_open(struct channel* channel, bool* missing) {
    const int error = open_queue((struct queue_channel*)channel, 0);
    *missing = error == ENOENT;
    return error == 0;
}

static bool create(struct queue_channel* self, const char* program) {
    const int error = open_queue(self, CREX_CREX);
    if (error != 0) {
        complain();
    }
    if (error == EEXIST) {
        explain_leftovers(self->base.parameters, program);
    }
    return error == 0;
}

static bool make_buffer(struct queue_channel* self) {
    if (crex_message_queue_max_message_size(self->queue, &self->room) != 0) {
        return complain();
    }
    self->buffer = malloc(self->room);
    return self->buffer != NULL;
}

int converse_through_queue(enum role role, int argc, char** argv, const char* about) {
    struct parameters parameters;
    struct queue_channel self = {
        {"Message queue", &parameters, role, role == conclusion, false, say, look, finish},
        NULL,
        NULL,
        0,
        false,
    };
    enum status status = failure;
    read_parameters(argc, argv, about, &parameters);
    catch_signals();
    if (role == premise ? !create(&self, argv[0]) : !open_soon(&self.base, try_open)) {
        return failure;
    }
    if (make_buffer(&self)) {
        status = converse(&self.base);
    }
    close_queue(&self);
    return (int)status;
}
