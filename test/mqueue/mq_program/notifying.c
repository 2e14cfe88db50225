/* SPDX-License-Identifier: BSL-1.0 */
#include "checks.h"

#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static struct sigevent event_of(int kind) {
    struct sigevent event;
    memset(&event, 0, sizeof event);
    event.sigev_notify = kind;
    event.sigev_signo = SIGUSR1;
    event.sigev_value.sival_int = 42;
    return event;
}

/* Whether the signal, which must be blocked, comes within this time. */
static bool is_told(siginfo_t* info, int milliseconds) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    const struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000L};
    return sigtimedwait(&set, info, &time) == SIGUSR1;
}

enum { long_enough = 20000, a_while = 300 };

static void check_signal(mqd_t queue) {
    const struct sigevent signal = event_of(SIGEV_SIGNAL);
    siginfo_t info;
    check("mq_notify by a signal", mq_notify(queue, &signal) == 0);
    check("once more by the same process: EBUSY", FAILS_WITH(EBUSY, mq_notify(queue, &signal)));
    mq_send(queue, "x", 1, 0);
    check("a message into the empty queue is told of", is_told(&info, long_enough));
    check("by SI_MESGQ, with the value that was given",
          info.si_code == SI_MESGQ && info.si_value.sival_int == 42);
    next_is(queue, "x", 0);
    mq_send(queue, "x", 1, 0);
    check("but once", !is_told(&info, a_while));
    check("and may be asked for again", mq_notify(queue, &signal) == 0);
    mq_send(queue, "y", 1, 0);
    check("a message into a queue that is not empty is not told of", !is_told(&info, a_while));
    mq_notify(queue, NULL);
    next_is(queue, "x", 0);
    next_is(queue, "y", 0);
}

static void check_cancelling(mqd_t queue) {
    const struct sigevent signal = event_of(SIGEV_SIGNAL);
    siginfo_t info;
    const mqd_t other = mq_open(name, O_WRONLY);
    mq_notify(queue, &signal);
    check("mq_notify with NULL takes it back, by whatever descriptor",
          mq_notify(other, NULL) == 0 && mq_send(queue, "x", 1, 0) == 0 &&
              !is_told(&info, a_while) && next_is(queue, "x", 0));
    check("also when there is nothing to take back", mq_notify(queue, NULL) == 0);
    mq_notify(queue, &signal);
    check("and so does closing any descriptor",
          mq_close(other) == 0 && mq_notify(queue, &signal) == 0 && mq_notify(queue, NULL) == 0);
}

static int is_busy(mqd_t queue) {
    const struct sigevent nothing = event_of(SIGEV_NONE);
    return FAILS_WITH(EBUSY, mq_notify(queue, &nothing)) && mq_notify(queue, NULL) == 0 &&
           FAILS_WITH(EBUSY, mq_notify(queue, &nothing));
}

static int asks(mqd_t queue) {
    const struct sigevent signal = event_of(SIGEV_SIGNAL);
    return mq_notify(queue, &signal);
}

static void check_processes(mqd_t queue) {
    const struct sigevent nothing = event_of(SIGEV_NONE);
    check("asking, and to be told by nothing", mq_notify(queue, &nothing) == 0);
    check("another process: EBUSY, and it cannot take it back", child_answers(is_busy, queue));
    mq_notify(queue, NULL);
    check("who asks and ends asks no more",
          child_answers(asks, queue) == 0 && mq_notify(queue, &nothing) == 0);
    mq_notify(queue, NULL);
}

static void check_bad_requests(mqd_t queue) {
    struct sigevent event = event_of(77);
    check("mq_notify by what there is not: EINVAL", FAILS_WITH(EINVAL, mq_notify(queue, &event)));
    check("even of no descriptor", FAILS_WITH(EINVAL, mq_notify((mqd_t)-1, &event)));
    event = event_of(SIGEV_SIGNAL);
    event.sigev_signo = 1000;
    check("by a signal that there is not: EINVAL", FAILS_WITH(EINVAL, mq_notify(queue, &event)));
    event.sigev_signo = -1;
    check("or below zero: EINVAL", FAILS_WITH(EINVAL, mq_notify(queue, &event)));
}

static sem_t called;
static union sigval value;
static pthread_t caller;
static size_t stack_size;

static void call(union sigval given) {
    pthread_attr_t attributes;
    value = given;
    caller = pthread_self();
    pthread_getattr_np(caller, &attributes);
    pthread_attr_getstacksize(&attributes, &stack_size);
    pthread_attr_destroy(&attributes);
    sem_post(&called);
    pthread_exit(NULL); /* which is as good as returning */
}

static bool is_called(void) {
    const struct timespec end = in_milliseconds(long_enough);
    int result = 0;
    do {
        result = sem_timedwait(&called, &end);
    } while (result == -1 && errno == EINTR);
    return result == 0;
}

static void check_thread(mqd_t queue) {
    struct sigevent event = event_of(SIGEV_THREAD);
    event.sigev_notify_function = call;
    check("mq_notify by a thread", mq_notify(queue, &event) == 0);
    mq_send(queue, "x", 1, 0);
    check("calls the function", is_called());
    check("with the value, in another thread",
          value.sival_int == 42 && !pthread_equal(caller, pthread_self()));
    next_is(queue, "x", 0);
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 1 << 20);
    event.sigev_notify_attributes = &attributes;
    check("and with attributes", mq_notify(queue, &event) == 0);
    pthread_attr_destroy(&attributes);
    mq_send(queue, "x", 1, 0);
    check("that count", is_called() && stack_size == 1 << 20);
    next_is(queue, "x", 0);
}

static long milliseconds_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Sends to a child that waits, and sets whether the child received the message. Returns whether it
   did so soon. On a busy machine it may not, and may be taken for a stopped process. */
static bool gets_it_soon(mqd_t queue, bool* got) {
    enum { soon = 150 };
    const struct sigevent signal = event_of(SIGEV_SIGNAL);
    const pid_t child = fork();
    if (child == 0) {
        _exit(!next_is(queue, "x", 0));
    }
    wait_until_asleep(child);
    mq_notify(queue, &signal);
    const long began = milliseconds_now();
    mq_send(queue, "x", 1, 0);
    int status = -1;
    waitpid(child, &status, 0);
    *got = status == 0;
    return milliseconds_now() - began < soon;
}

static void check_who_waits_comes_first(mqd_t queue) {
    siginfo_t info;
    bool got = false;
    while (!gets_it_soon(queue, &got)) {
        is_told(&info, a_while);
        mq_notify(queue, NULL);
    }
    check("a message that a receiver waits for is not notified", got && !is_told(&info, a_while));
    mq_notify(queue, NULL);
}

void check_notifying(void) {
    const mqd_t queue = new_queue(O_RDWR);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, NULL);
    sem_init(&called, 0, 0);
    check_bad_requests(queue);
    check_signal(queue);
    check_cancelling(queue);
    check_processes(queue);
    check_thread(queue);
    check_who_waits_comes_first(queue);
    mq_close(queue);
}
