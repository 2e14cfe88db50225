/* SPDX-License-Identifier: BSL-1.0 */
#include "checks.h"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int polled(mqd_t queue) {
    struct pollfd it = {queue, POLLIN | POLLOUT, 0};
    return poll(&it, 1, 0) < 0 ? -1 : it.revents;
}

static void check_levels(mqd_t queue) {
    check("poll finds an empty queue writable", polled(queue) == POLLOUT);
    mq_send(queue, "x", 1, 0);
    check("one with a message both readable and writable", polled(queue) == (POLLIN | POLLOUT));
    check("and again, for as long as it has", polled(queue) == (POLLIN | POLLOUT));
    while (waiting_in(queue) < capacity) {
        mq_send(queue, "x", 1, 0);
    }
    check("a full one readable", polled(queue) == POLLIN);
    next_is(queue, "x", 0);
    check("and writable again after a message is taken", polled(queue) == (POLLIN | POLLOUT));
    while (waiting_in(queue) > 0) {
        next_is(queue, "x", 0);
    }
    check("and no more readable after the last", polled(queue) == POLLOUT);
}

static bool selected(mqd_t queue) {
    struct timeval now = {0, 0};
    fd_set readable;
    FD_ZERO(&readable);
    FD_SET(queue, &readable);
    return select(queue + 1, &readable, NULL, NULL, &now) == 1;
}

static bool selected_with_mask(mqd_t queue) {
    const struct timespec now = {0, 0};
    fd_set readable;
    FD_ZERO(&readable);
    FD_SET(queue, &readable);
    return pselect(queue + 1, &readable, NULL, NULL, &now, NULL) == 1;
}

static bool polled_with_mask(mqd_t queue) {
    const struct timespec now = {0, 0};
    struct pollfd it = {queue, POLLIN, 0};
    return ppoll(&it, 1, &now, NULL) == 1;
}

static bool polled_readable(mqd_t queue) { return (polled(queue) & POLLIN) != 0; }

static bool heard_by_epoll(mqd_t queue) {
    const int events = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN};
    epoll_ctl(events, EPOLL_CTL_ADD, queue, &event);
    const bool heard = epoll_wait(events, &event, 1, 0) == 1;
    close(events);
    return heard;
}

/* A message sent before the first poll is seen by each kind of call that polls first. */
static void check_first_poll(void) {
    static const struct {
        const char* what;
        bool (*sees_message)(mqd_t);
    } calls[] = {{"poll", polled_readable},
                 {"ppoll", polled_with_mask},
                 {"select", selected},
                 {"pselect", selected_with_mask},
                 {"epoll", heard_by_epoll}};
    for (size_t i = 0; i < sizeof calls / sizeof *calls; ++i) {
        const mqd_t queue = new_queue(O_RDWR);
        const mqd_t twin = dup(queue);
        mq_send(queue, "x", 1, 0);
        check(calls[i].what, calls[i].sees_message(twin));
        check("sees an earlier message, and no more once it is taken",
              next_is(queue, "x", 0) && !calls[i].sees_message(queue));
        mq_close(twin);
        mq_close(queue);
    }
    const mqd_t queue = new_queue(O_RDWR);
    fill(queue);
    check("the first poll sees a full queue", polled(queue) == POLLIN);
    mq_close(queue);
}

static void send_after_a_while(mqd_t queue) {
    if (fork() == 0) {
        const struct timespec a_while = {0, 100000000};
        nanosleep(&a_while, NULL);
        _exit(mq_send(queue, "x", 1, 0));
    }
}

static void check_waking_by_an_older_child(void) {
    const mqd_t queue = new_queue(O_RDWR);
    send_after_a_while(queue);
    struct pollfd it = {queue, POLLIN, 0};
    check("so does one by a child that was there before anybody polled",
          poll(&it, 1, -1) == 1 && next_is(queue, "x", 0));
    wait(NULL);
    mq_close(queue);
}

static void check_waking(mqd_t queue) {
    struct pollfd it = {queue, POLLIN, 0};
    send_after_a_while(queue);
    check("a message wakes poll", poll(&it, 1, -1) == 1 && next_is(queue, "x", 0));
    fd_set set;
    FD_ZERO(&set);
    FD_SET(queue, &set);
    send_after_a_while(queue);
    check("and select", select(queue + 1, &set, NULL, NULL, NULL) == 1 && next_is(queue, "x", 0));
    const int events = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN};
    epoll_ctl(events, EPOLL_CTL_ADD, queue, &event);
    send_after_a_while(queue);
    check("and epoll", epoll_wait(events, &event, 1, -1) == 1 && next_is(queue, "x", 0));
    close(events);
    while (wait(NULL) > 0) {
    }
}

static void check_opened_for_one_thing(void) {
    const mqd_t reader = mq_open(name, O_RDONLY);
    const mqd_t writer = mq_open(name, O_WRONLY);
    check("what is open for writing is writable", (polled(writer) & POLLOUT) != 0);
    mq_send(writer, "x", 1, 0);
    check("what is open for reading is readable", (polled(reader) & POLLIN) != 0);
    mq_close(reader);
    mq_close(writer);
}

void check_polling(void) {
    const mqd_t queue = new_queue(O_RDWR);
    check_levels(queue);
    check_waking(queue);
    check_opened_for_one_thing();
    mq_close(queue);
    check_waking_by_an_older_child();
    check_first_poll();
}
