// SPDX-License-Identifier: BSL-1.0
#include <crex.h>
#include <stdio.h>
#include <string.h>

int main(int argc, char** argv) {
    crex_message_queue* queue = NULL;
    char body[CREX_MESSAGE_SIZE_DEFAULT];
    size_t size = 0;
    int error = crex_message_queue_open(&queue, "/letters", CREX_CREAT, NULL);
    if (error == 0 && argc > 1) {
        error = crex_message_queue_send(queue, argv[1], strlen(argv[1]), 0, 5000000000);
    } else if (error == 0) {
        error = crex_message_queue_receive(queue, body, sizeof body, &size, NULL, CREX_NO_TIMEOUT);
        printf("%.*s\n", (int)size, body);
    }
    if (error != 0) {
        fprintf(stderr, "%s\n", crex_last_error());
    }
    crex_message_queue_free(queue);
    return error != 0;
}
