// SPDX-License-Identifier: BSL-1.0
#include "c_mq_demo.h"

#include <string.h>

enum { largest_message = 8192 }; // the kernel's limit for an ordinary user's queue

void send_text(mqd_t queue, const char* text) {
    say("Sending %s", text);
    if (mq_send(queue, text, strlen(text), 0) != 0) {
        die("sending");
    }
}

static void receive_text(mqd_t queue, char* text) {
    char message[largest_message];
    const ssize_t size = mq_receive(queue, message, sizeof message, NULL);
    if (size < 0 || size >= text_size) {
        die("receiving");
    }
    memcpy(text, message, (size_t)size);
    text[size] = '\0';
    say("Received %s", text);
}

void receive_news(mqd_t queue, char* heard, const char* said) {
    receive_text(queue, heard);
    while (strcmp(heard, said) == 0) {
        send_text(queue, said);
        receive_text(queue, heard);
    }
}
