// SPDX-License-Identifier: BSL-1.0

// A program of another project, in C.

#include <crex.h>

#include <stdio.h>
#include <string.h>

static int converse(crex_message_queue* queue) {
    char buffer[CREX_MESSAGE_SIZE_DEFAULT];
    size_t size = 0;
    int error = crex_message_queue_send(queue, "hello", 5, 0, CREX_NO_TIMEOUT);
    if (error == 0) {
        error =
            crex_message_queue_receive(queue, buffer, sizeof buffer, &size, NULL, CREX_NO_TIMEOUT);
    }
    return error == 0 && (size != 5 || memcmp(buffer, "hello", 5) != 0) ? -1 : error;
}

int main(void) {
    crex_message_queue* queue = NULL;
    int error = crex_message_queue_open(&queue, NULL, CREX_CREX | CREX_RANDOM_NAME, NULL);
    if (error == 0) {
        error = crex_message_queue_unlink(queue);
    }
    if (error == 0) {
        error = converse(queue);
    }
    crex_message_queue_free(queue);
    if (error != 0) {
        fprintf(stderr, "%s\n", crex_last_error());
        return 1;
    }
    printf("crex %s from C\n", crex_version());
    return 0;
}
