/* SPDX-License-Identifier: BSL-1.0 */
#include "checks.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void check_order(void) {
    const mqd_t queue = new_queue(O_RDWR);
    mq_send(queue, "low", 3, 1);
    mq_send(queue, "high", 4, 32767);
    mq_send(queue, "low too", 7, 1);
    mq_send(queue, "", 0, 2);
    check("the highest priority comes first", next_is(queue, "high", 32767));
    check("then the next, and be it empty", next_is(queue, "", 2));
    check("the oldest first of one priority", next_is(queue, "low", 1));
    check("and then the next oldest", next_is(queue, "low too", 1));
    check("a priority of 32768: EINVAL", FAILS_WITH(EINVAL, mq_send(queue, "x", 1, 32768)));
    mq_close(queue);
}

static void check_sizes(void) {
    const mqd_t queue = new_queue(O_RDWR);
    char large[longest + 1];
    memset(large, 'l', sizeof large);
    check("a message that is too long: EMSGSIZE",
          FAILS_WITH(EMSGSIZE, mq_send(queue, large, longest + 1, 0)));
    check("one that is just not", mq_send(queue, large, longest, 0) == 0);
    char buffer[longest + 1] = "";
    check("a buffer that is too small: EMSGSIZE",
          FAILS_WITH(EMSGSIZE, mq_receive(queue, buffer, longest - 1, NULL)));
    check("one that is larger than need be",
          mq_receive(queue, buffer, sizeof buffer, NULL) == longest &&
              memcmp(buffer, large, longest) == 0 && buffer[longest] == '\0');
    check("no more than one's size is asked of it", waiting_in(queue) == 0);
    mq_close(queue);
}

static void check_bad_descriptor(mqd_t bad, const char* what) {
    char buffer[longest];
    char line[100];
    struct mq_attr now = {0};
    snprintf(line, sizeof line, "mq_send, mq_receive to %s: EBADF", what);
    check(line, FAILS_WITH(EBADF, mq_send(bad, "x", 1, 0)) &&
                    FAILS_WITH(EBADF, mq_receive(bad, buffer, sizeof buffer, NULL)));
    snprintf(line, sizeof line, "mq_getattr, mq_setattr, mq_notify of %s: EBADF", what);
    check(line, FAILS_WITH(EBADF, mq_getattr(bad, &now)) &&
                    FAILS_WITH(EBADF, mq_setattr(bad, &now, NULL)) &&
                    FAILS_WITH(EBADF, mq_notify(bad, NULL)));
}

static void check_access(void) {
    mq_close(new_queue(O_RDWR));
    const mqd_t reader = mq_open(name, O_RDONLY);
    const mqd_t writer = mq_open(name, O_WRONLY);
    char buffer[longest];
    check("mq_send to what is open for reading: EBADF",
          FAILS_WITH(EBADF, mq_send(reader, "x", 1, 0)));
    check("mq_receive from what is open for writing: EBADF",
          FAILS_WITH(EBADF, mq_receive(writer, buffer, sizeof buffer, NULL)));
    check("one writes, the other reads",
          mq_send(writer, "over", 4, 0) == 0 && next_is(reader, "over", 0));
    mq_close(reader);
    mq_close(writer);
    int pipes[2];
    require(pipe(pipes) == 0);
    check_bad_descriptor(pipes[0], "a pipe");
    close(pipes[0]);
    close(pipes[1]);
    check_bad_descriptor((mqd_t)-1, "-1");
    check_bad_descriptor(pipes[0], "what is closed");
    check("mq_close of -1: EBADF", FAILS_WITH(EBADF, mq_close((mqd_t)-1)));
    check("mq_close of what is closed: EBADF", FAILS_WITH(EBADF, mq_close(reader)));
}

static void check_not_waiting(void) {
    const mqd_t queue = new_queue(O_RDWR | O_NONBLOCK);
    char buffer[longest];
    check("mq_receive from an empty queue with O_NONBLOCK: EAGAIN",
          FAILS_WITH(EAGAIN, mq_receive(queue, buffer, sizeof buffer, NULL)));
    fill(queue);
    check("mq_send to a full queue with O_NONBLOCK: EAGAIN",
          FAILS_WITH(EAGAIN, mq_send(queue, "x", 1, 0)));
    check("as many as were asked for are in it", waiting_in(queue) == capacity);
    errno = 77;
    check("success leaves errno alone", mq_receive(queue, buffer, sizeof buffer, NULL) == 7 &&
                                            waiting_in(queue) == 3 &&
                                            mq_send(queue, "x", 1, 0) == 0 &&
                                            mq_close(mq_open(name, O_RDWR)) == 0 && errno == 77);
    mq_close(queue);
}

void check_transfer(void) {
    check_order();
    check_sizes();
    check_access();
    check_not_waiting();
}
