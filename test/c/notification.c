// SPDX-License-Identifier: BSL-1.0
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "checks.h"

static int pipe_of_notes[2];

static void note(void* argument) {
    if (write(pipe_of_notes[1], argument, 1) != 1) {
        _exit(2);
    }
}

static void check_signal(crex_message_queue* queue) {
    int value = 0;
    siginfo_t received;
    sigset_t wanted;
    const struct timespec enough = {2, 0};
    sigemptyset(&wanted);
    sigaddset(&wanted, SIGUSR1);
    sigprocmask(SIG_BLOCK, &wanted, NULL);
    OK(crex_message_queue_notify_by_signal(queue, SIGUSR1, &value, false));
    FAILS(EBUSY, NULL, crex_message_queue_notify_by_signal(queue, SIGUSR1, &value, false));
    OK(crex_message_queue_notify_by_signal(queue, SIGUSR1, &value, true));
    OK(crex_message_queue_send(queue, "x", 1, 0, 0));
    CHECK(sigtimedwait(&wanted, &received, &enough) == SIGUSR1);
    CHECK(received.si_code == SI_MESGQ && received.si_value.sival_ptr == &value);
    FAILS(EINVAL, NULL, crex_message_queue_notify_by_signal(queue, 1000, NULL, true));
}

static void check_thread(crex_message_queue* queue) {
    char buffer[8];
    size_t size = 0;
    char byte = 0;
    CHECK(pipe(pipe_of_notes) == 0);
    OK(crex_message_queue_receive(queue, buffer, sizeof buffer, &size, NULL, 0));
    OK(crex_message_queue_notify_by_thread(queue, note, "a", true));
    OK(crex_message_queue_send(queue, "x", 1, 0, 0));
    CHECK(becomes_readable(pipe_of_notes[0]));
    CHECK(read(pipe_of_notes[0], &byte, 1) == 1 && byte == 'a');
    FAILS(EINVAL, "crex_message_queue_notify_by_thread(): function is a null pointer",
          crex_message_queue_notify_by_thread(queue, NULL, NULL, true));
}

static void check_cancelling(crex_message_queue* queue) {
    char buffer[8];
    size_t size = 0;
    OK(crex_message_queue_receive(queue, buffer, sizeof buffer, &size, NULL, 0));
    OK(crex_message_queue_notify_by_thread(queue, note, "b", true));
    OK(crex_message_queue_cancel_notification(queue));
    OK(crex_message_queue_send(queue, "x", 1, 0, 0));
    usleep(50000);
    CHECK(!is_readable(pipe_of_notes[0]));
}

void check_notification(void) {
    crex_message_queue_options options = CREX_MESSAGE_QUEUE_OPTIONS_INIT;
    crex_message_queue* queue = NULL;
    options.max_message_size = 8;
    OK(crex_message_queue_open(&queue, name, CREX_CREX, &options));
    check_signal(queue);
    check_thread(queue);
    check_cancelling(queue);
    OK(crex_message_queue_unlink(queue));
    crex_message_queue_free(queue);
}
