// SPDX-License-Identifier: BSL-1.0
#include <string.h>
#include <sys/time.h>

#include "checks.h"

enum { longest = 16, places = 4 };

static crex_message_queue* open_new(int backend) {
    crex_message_queue_options options = CREX_MESSAGE_QUEUE_OPTIONS_INIT;
    crex_message_queue* queue = NULL;
    options.max_messages = places;
    options.max_message_size = longest;
    options.backend = backend;
    OK(crex_message_queue_open(&queue, name, CREX_CREX, &options));
    return queue;
}

static void check_messages(crex_message_queue* queue) {
    char buffer[longest];
    size_t size = 99;
    unsigned priority = 99;
    OK(crex_message_queue_send(queue, "low", 3, 1, CREX_NO_TIMEOUT));
    OK(crex_message_queue_send(queue, NULL, 0, 7, CREX_DO_NOT_WAIT));
    OK(crex_message_queue_receive(queue, buffer, sizeof buffer, &size, &priority, CREX_NO_TIMEOUT));
    CHECK(size == 0 && priority == 7);
    OK(crex_message_queue_receive(queue, buffer, sizeof buffer, &size, NULL, milliseconds(1000)));
    CHECK(size == 3 && memcmp(buffer, "low", 3) == 0);
    FAILS(ETIMEDOUT, "crex_message_queue_receive(\"%s\"): no message in time",
          crex_message_queue_receive(queue, buffer, sizeof buffer, &size, NULL, 0));
    FAILS(ETIMEDOUT, "crex_message_queue_receive(\"%s\"): no message in time",
          crex_message_queue_receive(queue, buffer, sizeof buffer, &size, NULL, milliseconds(5)));
}

static void check_bad_arguments(crex_message_queue* queue) {
    char buffer[longest + 1] = "";
    size_t size = 0;
    FAILS(EINVAL, "crex_message_queue_send(\"%s\"): the message has 17 bytes; the queue takes 16",
          crex_message_queue_send(queue, buffer, longest + 1, 0, 0));
    FAILS(EINVAL, NULL, crex_message_queue_send(queue, "", 0, CREX_PRIORITY_MAX + 1, 0));
    FAILS(EINVAL, "crex_message_queue_send(): body is a null pointer",
          crex_message_queue_send(queue, NULL, 1, 0, 0));
    FAILS(EINVAL, "crex_message_queue_send(): the handle is a null pointer",
          crex_message_queue_send(NULL, "", 0, 0, 0));
    FAILS(EINVAL, NULL, crex_message_queue_receive(queue, buffer, longest - 1, &size, NULL, 0));
    FAILS(EINVAL, "crex_message_queue_receive(): size is a null pointer",
          crex_message_queue_receive(queue, buffer, longest, NULL, NULL, 0));
    FAILS(EINVAL, "crex_message_queue_receive(): buffer is a null pointer",
          crex_message_queue_receive(queue, NULL, longest, &size, NULL, 0));
}

// They are wrong also where the call need not wait, with a timeout and without one.
static void check_bad_arguments_at_once(crex_message_queue* queue) {
    char buffer[longest];
    size_t size = 0;
    OK(crex_message_queue_send(queue, "x", 1, 0, CREX_NO_TIMEOUT));
    FAILS(EINVAL, NULL, crex_message_queue_send(queue, "y", 1, 0, -2));
    FAILS(EINVAL, NULL, crex_message_queue_send(queue, NULL, 1, 0, CREX_NO_TIMEOUT));
    FAILS(EINVAL, NULL, crex_message_queue_send(NULL, "y", 1, 0, CREX_NO_TIMEOUT));
    FAILS(EINVAL, NULL, crex_message_queue_receive(queue, buffer, longest, &size, NULL, INT64_MIN));
    for (int64_t timeout = CREX_NO_TIMEOUT; timeout < 2; ++timeout) {
        FAILS(EINVAL, NULL,
              crex_message_queue_receive(NULL, buffer, longest, &size, NULL, timeout));
        FAILS(EINVAL, NULL, crex_message_queue_receive(queue, NULL, longest, &size, NULL, timeout));
        FAILS(EINVAL, NULL,
              crex_message_queue_receive(queue, buffer, longest, NULL, NULL, timeout));
        FAILS(EINVAL, NULL, crex_message_queue_receive(queue, buffer, 1, &size, NULL, timeout));
    }
    CHECK(size == 0);
    OK(crex_message_queue_receive(queue, buffer, longest, &size, NULL, milliseconds(1000)));
    CHECK(size == 1 && buffer[0] == 'x');
}

static void check_batches(crex_message_queue* queue) {
    const crex_bytes bodies[] = {{"one", 3}, {"two", 3}, {NULL, 0}, {"four", 4}, {"five", 4}};
    crex_received_message received[places];
    char buffer[places * longest];
    size_t count = 99;
    OK(crex_message_queue_send_many(queue, bodies, 0, &count, 0, 0));
    CHECK(count == 0);
    OK(crex_message_queue_send_many(queue, bodies, 5, &count, 3, 0));
    CHECK(count == places);
    FAILS(ETIMEDOUT, "crex_message_queue_send_many(\"%s\"): no room in time",
          crex_message_queue_send_many(queue, bodies, 5, &count, 3, 0));
    FAILS(ETIMEDOUT, "crex_message_queue_send(\"%s\"): no room in time",
          crex_message_queue_send(queue, "more", 4, 0, 0));
    OK(crex_message_queue_receive_many(queue, buffer, sizeof buffer, received, places, &count, 0));
    CHECK(count == places && memcmp(buffer, "onetwofour", 10) == 0);
    CHECK(received[2].size == 0 && received[3].size == 4 && received[3].priority == 3);
    FAILS(
        ETIMEDOUT, NULL,
        crex_message_queue_receive_many(queue, buffer, sizeof buffer, received, places, &count, 0));
    FAILS(EINVAL, "crex_message_queue_send_many(): bodies is a null pointer",
          crex_message_queue_send_many(queue, NULL, 1, &count, 0, 0));
    FAILS(EINVAL, "crex_message_queue_receive_many(): received is a null pointer",
          crex_message_queue_receive_many(queue, buffer, sizeof buffer, NULL, 1, &count, 0));
}

static void check_attributes(crex_message_queue* queue, int backend) {
    crex_object_id id = {0, 0};
    const char* its_name = NULL;
    size_t number = 0;
    int fd = -1;
    int its_backend = -1;
    bool is_so = false;
    OK(crex_message_queue_max_messages(queue, &number));
    CHECK(number == places);
    OK(crex_message_queue_max_message_size(queue, &number));
    CHECK(number == longest);
    OK(crex_message_queue_backend(queue, &its_backend));
    CHECK(its_backend == backend);
    OK(crex_message_queue_mqd(queue, &fd));
    CHECK((fd >= 0) == (backend == CREX_BACKEND_POSIX));
    OK(crex_message_queue_block(queue, &is_so));
    CHECK(is_so);
    OK(crex_message_queue_ready_fd(queue, &fd));
    CHECK(!is_readable(fd));
    OK(crex_message_queue_send(queue, "x", 1, 0, 0));
    CHECK(becomes_readable(fd));
    OK(crex_message_queue_current_messages(queue, &number));
    CHECK(number == 1);
    OK(crex_message_queue_id(queue, &id));
    CHECK(id.inode != 0);
    OK(crex_message_queue_name(queue, &its_name));
    CHECK(strcmp(its_name, name) == 0);
    OK(crex_message_queue_is_linked(queue, &is_so));
    CHECK(is_so);
}

static void check_waiting(crex_message_queue* queue) {
    const struct itimerval never = {{0, 0}, {0, 0}};
    char buffer[longest];
    size_t size = 0;
    OK(crex_message_queue_receive(queue, buffer, sizeof buffer, &size, NULL, 0));
    interrupt_soon();
    FAILS(EINTR, NULL,
          crex_message_queue_receive(queue, buffer, sizeof buffer, &size, NULL, CREX_NO_TIMEOUT));
    setitimer(ITIMER_REAL, &never, NULL);
    OK(crex_message_queue_set_block(queue, false));
    FAILS(ETIMEDOUT, NULL,
          crex_message_queue_receive(queue, buffer, sizeof buffer, &size, NULL, CREX_NO_TIMEOUT));
    OK(crex_message_queue_set_block(queue, true));
}

static void check_what_robust_queues_have(crex_message_queue* queue, bool is_robust) {
    crex_message_queue_stats stats = CREX_MESSAGE_QUEUE_STATS_INIT;
    char buffer[longest];
    size_t size = 0;
    unsigned priority = 0;
    bool is_shut_down = true;
    if (!is_robust) {
        FAILS(ENOTSUP, NULL, crex_message_queue_get_stats(queue, &stats));
        FAILS(ENOTSUP, NULL, crex_message_queue_shutdown(queue));
        return;
    }
    FAILS(EAGAIN, "crex_message_queue_peek(\"%s\"): the queue is empty",
          crex_message_queue_peek(queue, buffer, sizeof buffer, &size, &priority));
    OK(crex_message_queue_send(queue, "last", 4, 5, 0));
    OK(crex_message_queue_peek(queue, buffer, sizeof buffer, &size, &priority));
    CHECK(size == 4 && memcmp(buffer, "last", 4) == 0 && priority == 5);
    FAILS(EINVAL, NULL, crex_message_queue_peek(queue, buffer, 1, &size, NULL));
    OK(crex_message_queue_get_stats(queue, &stats));
    CHECK(stats.sent == 9 && stats.received == 8 && stats.participants == 1);
    FAILS(EINVAL, NULL, crex_message_queue_get_stats(queue, NULL));
    OK(crex_message_queue_repair(queue));
    OK(crex_message_queue_is_shut_down(queue, &is_shut_down));
    CHECK(!is_shut_down);
    OK(crex_message_queue_shutdown(queue));
    OK(crex_message_queue_is_shut_down(queue, &is_shut_down));
    CHECK(is_shut_down);
    FAILS(ESHUTDOWN, NULL, crex_message_queue_send(queue, "more", 4, 0, CREX_NO_TIMEOUT));
    OK(crex_message_queue_receive(queue, buffer, sizeof buffer, &size, NULL, CREX_NO_TIMEOUT));
    FAILS(ESHUTDOWN, NULL,
          crex_message_queue_receive(queue, buffer, sizeof buffer, &size, NULL, CREX_NO_TIMEOUT));
}

static void check_backend(int backend) {
    crex_message_queue* const queue = open_new(backend);
    check_messages(queue);
    check_bad_arguments(queue);
    check_bad_arguments_at_once(queue);
    check_batches(queue);
    check_attributes(queue, backend);
    check_waiting(queue);
    check_what_robust_queues_have(queue, backend == CREX_BACKEND_ROBUST);
    OK(crex_message_queue_unlink(queue));
    FAILS(ENOENT, NULL, crex_unlink_message_queue(name, backend));
    OK(crex_message_queue_close(queue));
    FAILS(EBADF, "crex_message_queue_send(\"%s\"): the handle is closed",
          crex_message_queue_send(queue, "", 0, 0, 0));
    crex_message_queue_free(queue);
}

static void check_opening(void) {
    crex_message_queue_options options = CREX_MESSAGE_QUEUE_OPTIONS_INIT;
    crex_message_queue* queue = NULL;
    FAILS(ENOENT, NULL, crex_message_queue_open(&queue, name, 0, NULL));
    options.backend = 3;
    FAILS(EINVAL, "crex_message_queue_open(): the backend is none of CREX_BACKEND_...",
          crex_message_queue_open(&queue, name, CREX_CREX, &options));
    FAILS(EINVAL, NULL, crex_unlink_message_queue(name, 3));
    options.backend = CREX_BACKEND_ROBUST;
    options.lifetime = 2;
    FAILS(EINVAL, NULL, crex_message_queue_open(&queue, name, CREX_CREX, &options));
    options.lifetime = CREX_LIFETIME_UNTIL_UNUSED;
    options.write = 0;
    OK(crex_message_queue_open(&queue, name, CREX_CREX, &options));
    FAILS(EACCES, NULL, crex_message_queue_send(queue, "", 0, 0, 0));
    crex_message_queue_free(queue);
    FAILS(ENOENT, NULL, crex_unlink_message_queue(name, CREX_BACKEND_ROBUST));
    crex_message_queue_free(NULL);
}

void check_message_queue(void) {
    check_opening();
    check_backend(CREX_BACKEND_ROBUST);
    check_backend(CREX_BACKEND_POSIX);
    check_backend(CREX_BACKEND_BOOST);
}
