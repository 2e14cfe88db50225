/* SPDX-License-Identifier: BSL-1.0 */
#include "checks.h"

#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static long flags_of(mqd_t queue) {
    struct mq_attr now = {0};
    return mq_getattr(queue, &now) == 0 ? now.mq_flags : -1;
}

static int sets_nonblock(mqd_t queue) {
    const struct mq_attr wanted = {.mq_flags = O_NONBLOCK};
    return mq_setattr(queue, &wanted, NULL) != 0;
}

static int closes(mqd_t queue) { return mq_close(queue) != 0 || mq_close(queue) == 0; }

static void check_fork(void) {
    const mqd_t queue = new_queue(O_RDWR);
    check("O_NONBLOCK is shared over fork",
          child_answers(sets_nonblock, queue) == 0 && flags_of(queue) == O_NONBLOCK);
    check("a child's mq_close is the child's", child_answers(closes, queue) == 0 &&
                                                   mq_send(queue, "x", 1, 0) == 0 &&
                                                   next_is(queue, "x", 0));
    mq_close(queue);
}

static void check_exec(const char* program) {
    const mqd_t queue = new_queue(O_RDWR);
    check("it has FD_CLOEXEC", fcntl(queue, F_GETFD) == FD_CLOEXEC);
    char number[20];
    snprintf(number, sizeof number, "%d", (int)queue);
    const pid_t child = fork();
    if (child == 0) {
        execl(program, program, "is-open", number, (char*)NULL);
        _exit(2);
    }
    int status = -1;
    waitpid(child, &status, 0);
    check("and is closed on exec", status == 0);
    mq_close(queue);
}

static void check_dup(void) {
    const mqd_t queue = new_queue(O_RDWR);
    const mqd_t twin = dup(queue);
    check("what dup makes is the queue", mq_send(twin, "x", 1, 0) == 0 && next_is(queue, "x", 0));
    check("with the same O_NONBLOCK", sets_nonblock(twin) == 0 && flags_of(queue) == O_NONBLOCK);
    mq_close(queue);
    check("and outlives what it was made from",
          mq_send(twin, "y", 1, 0) == 0 && next_is(twin, "y", 0));
    check("up to its own mq_close", mq_close(twin) == 0 && flags_of(twin) == -1 && errno == EBADF);
}

static void check_reuse(void) {
    const mqd_t queue = new_queue(O_RDWR);
    const mqd_t other = mq_open(name, O_RDWR);
    int pipes[2];
    close(queue);
    check("close closes it: EBADF", FAILS_WITH(EBADF, mq_send(queue, "x", 1, 0)));
    require(pipe(pipes) == 0 && dup2(pipes[1], queue) == queue);
    check("its number, used for a pipe: EBADF", FAILS_WITH(EBADF, mq_send(queue, "x", 1, 0)));
    close(queue);
    close(pipes[0]);
    close(pipes[1]);
    check("other descriptors do not mind", mq_send(other, "x", 1, 0) == 0);
    const mqd_t next = new_queue(O_RDWR);
    dup2(next, queue);
    check("its number, used for another queue, is that one",
          waiting_in(queue) == 0 && waiting_in(other) == 1);
    mq_close(queue);
    mq_close(next);
    mq_close(other);
}

static void check_other_ways_to_close(void) {
    const mqd_t queue = new_queue(O_RDWR);
    const mqd_t twin = fcntl(queue, F_DUPFD_CLOEXEC, 0);
    int pipes[2];
    require(pipe(pipes) == 0);
    check("what F_DUPFD makes is the queue",
          mq_send(twin, "x", 1, 0) == 0 && next_is(queue, "x", 0));
    require(dup3(pipes[1], twin, O_CLOEXEC) == twin);
    check("until dup3 makes something else of it: EBADF",
          FAILS_WITH(EBADF, mq_send(twin, "x", 1, 0)));
    require(dup2(queue, twin) == twin);
    check("and dup2 the queue again", mq_send(twin, "x", 1, 0) == 0 && next_is(queue, "x", 0));
    require(close_range((unsigned)twin, (unsigned)twin, 0) == 0);
    check("close_range closes it: EBADF", FAILS_WITH(EBADF, mq_send(twin, "x", 1, 0)));
    require(dup2(pipes[1], twin) == twin);
    check("and its number is free for others", FAILS_WITH(EBADF, mq_send(twin, "x", 1, 0)));
    const pid_t child = vfork();
    if (child == 0) {
        close(queue);
        _exit(0);
    }
    require(waitpid(child, NULL, 0) == child);
    check("a child of vfork closes its own", mq_send(queue, "x", 1, 0) == 0);
    close(twin);
    close(pipes[0]);
    close(pipes[1]);
    mq_close(queue);
}

static int closes_from(mqd_t queue) {
    mq_send(queue, "x", 1, 0);
    closefrom(3);
    return FAILS_WITH(EBADF, mq_send(queue, "x", 1, 0));
}

static bool goes_through(const int* pipes) {
    char byte = 'x';
    return write(pipes[1], &byte, 1) == 1 && read(pipes[0], &byte, 1) == 1;
}

enum { others = 6 };

static void make_some(int (*pipes)[2]) {
    for (int i = 0; i < others; ++i) {
        require(pipe(pipes[i]) == 0);
    }
}

static void close_all(void) {
    for (int i = 3; i < 100; ++i) {
        close(i);
    }
}

/* Runs in a child; returns 1 when files opened later under numbers that were the queue's are left
   alone. */
static int opens_others_first(mqd_t queue) {
    int pipes[others][2];
    close_all();
    make_some(pipes);
    bool well = FAILS_WITH(EBADF, mq_send(queue, "x", 1, 0));
    const mqd_t mine = mq_open(name, O_RDWR);
    well = well && mq_send(mine, "x", 1, 0) == 0 && next_is(mine, "x", 0) && mq_close(mine) == 0;
    for (int i = 0; i < others; ++i) {
        well = well && goes_through(pipes[i]);
    }
    return well;
}

static int opens_the_queue_first(mqd_t queue) {
    int pipes[others][2];
    (void)queue;
    close_all();
    const mqd_t mine = mq_open(name, O_RDWR);
    make_some(pipes);
    bool well = mq_send(mine, "x", 1, 0) == 0 && next_is(mine, "x", 0) && mq_close(mine) == 0;
    for (int i = 0; i < others; ++i) {
        well = well && goes_through(pipes[i]);
    }
    return well;
}

static void check_daemon(void) {
    const mqd_t queue = new_queue(O_RDWR);
    check("a daemon may close all there is, and begin anew",
          child_answers(opens_others_first, queue) == 1);
    check("with the queue, or with something else",
          child_answers(opens_the_queue_first, queue) == 1);
    check("closefrom closes it, too",
          child_answers(closes_from, queue) == 1 && next_is(queue, "x", 0));
    check("and its parent does not mind", mq_send(queue, "x", 1, 0) == 0 && next_is(queue, "x", 0));
    mq_close(queue);
}

static void check_modes(void) {
    mq_close(new_queue(O_RDWR));
    const mqd_t reader = mq_open(name, O_RDONLY);
    const mqd_t writer = mq_open(name, O_WRONLY | O_NONBLOCK);
    check("fcntl says how it was opened", (fcntl(reader, F_GETFL) & O_ACCMODE) == O_RDONLY &&
                                              (fcntl(writer, F_GETFL) & O_ACCMODE) == O_WRONLY &&
                                              (fcntl(writer, F_GETFL) & O_NONBLOCK) != 0);
    const mqd_t both = mq_open(name, O_RDWR | O_NONBLOCK);
    check("and nothing else", (fcntl(both, F_GETFL) & ~O_CLOEXEC) == (O_RDWR | O_NONBLOCK));
    mq_close(both);
    mq_close(reader);
    mq_close(writer);
}

void check_descriptors(const char* program) {
    check_fork();
    check_exec(program);
    check_dup();
    check_reuse();
    check_other_ways_to_close();
    check_daemon();
    check_modes();
}
