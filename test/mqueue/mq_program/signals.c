/* SPDX-License-Identifier: BSL-1.0 */
#include "checks.h"

#include <signal.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t times;

static void count(int number) {
    (void)number;
    times = times + 1;
}

/* Sends a signal every 20 ms, so that a wait certainly meets it. */
static void alarms(int milliseconds, int flags) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = count;
    action.sa_flags = flags;
    times = 0;
    sigaction(SIGALRM, &action, NULL);
    const struct timeval every = {0, milliseconds * 1000};
    const struct itimerval timer = {every, every};
    setitimer(ITIMER_REAL, &timer, NULL);
}

static void check_interrupted(mqd_t queue) {
    char buffer[longest];
    const struct timespec later = in_milliseconds(3600000);
    alarms(20, 0);
    check("a handler ends mq_receive: EINTR",
          FAILS_WITH(EINTR, mq_receive(queue, buffer, longest, NULL)));
    check("and mq_timedreceive: EINTR",
          FAILS_WITH(EINTR, mq_timedreceive(queue, buffer, longest, NULL, &later)));
    while (waiting_in(queue) < capacity) {
        mq_send(queue, "filling", 7, 0);
    }
    check("and mq_send: EINTR", FAILS_WITH(EINTR, mq_send(queue, "x", 1, 0)));
    check("and mq_timedsend: EINTR", FAILS_WITH(EINTR, mq_timedsend(queue, "x", 1, 0, &later)));
    check("and loses nothing", waiting_in(queue) == capacity);
    alarms(0, 0);
}

static void send_after_a_while(void) {
    if (fork() == 0) {
        const struct timespec a_while = {0, 300000000};
        const mqd_t queue = mq_open(name, O_WRONLY);
        nanosleep(&a_while, NULL);
        _exit(mq_send(queue, "late", 4, 0));
    }
}

static void check_restarted(mqd_t queue) {
    char buffer[longest];
    while (waiting_in(queue) > 0) {
        mq_receive(queue, buffer, longest, NULL);
    }
    alarms(20, SA_RESTART);
    const struct timespec soon = in_milliseconds(300);
    check("with SA_RESTART, mq_timedreceive goes on until its time",
          FAILS_WITH(ETIMEDOUT, mq_timedreceive(queue, buffer, longest, NULL, &soon)) && times > 0);
    times = 0;
    send_after_a_while();
    check("and mq_receive until there is a message", next_is(queue, "late", 0) && times > 0);
    alarms(0, 0);
    wait(NULL);
}

void check_signals(void) {
    const mqd_t queue = new_queue(O_RDWR);
    check_interrupted(queue);
    check_restarted(queue);
    mq_close(queue);
}
