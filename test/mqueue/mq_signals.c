/* SPDX-License-Identifier: BSL-1.0 */

/* How many of some signals do not end mq_receive() and mq_timedreceive(), on a machine that is busy
   with other processes. The signals come about 700 ms after the call, each a little later than the
   one before: when a wait that looks up at certain times does so. */

#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum { signals = 16, busy_processes = 6, first_ms = 699, step_us = 150, repeated_after_s = 20 };

static void handler(int number) { (void)number; }

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

/* A second signal comes much later, so that a wait that has missed the first one ends. */
static void alarm_after(int microseconds) {
    const struct itimerval timer = {{repeated_after_s, 0}, {0, microseconds}};
    setitimer(ITIMER_REAL, &timer, NULL);
}

static int is_missed(mqd_t queue, int turn) {
    char buffer[8];
    struct timespec later;
    clock_gettime(CLOCK_REALTIME, &later);
    later.tv_sec += 3600;
    const int after = first_ms * 1000 + turn * step_us;
    const double began = now();
    alarm_after(after);
    const ssize_t got = turn % 2 == 0 ? mq_receive(queue, buffer, sizeof buffer, NULL)
                                      : mq_timedreceive(queue, buffer, sizeof buffer, NULL, &later);
    const double late = now() - began - after / 1e3;
    return got != -1 || errno != EINTR || late > repeated_after_s * 1e3 / 2;
}

int main(int count, char** arguments) {
    const pid_t parent = getpid();
    struct mq_attr attributes;
    struct sigaction action;
    if (count < 2) {
        return 2;
    }
    for (int i = 0; i < busy_processes; ++i) {
        if (fork() == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            while (getppid() == parent) {
            }
            _exit(0);
        }
    }
    memset(&attributes, 0, sizeof attributes);
    attributes.mq_maxmsg = 2;
    attributes.mq_msgsize = 8;
    const mqd_t queue = mq_open(arguments[1], O_CREAT | O_RDWR, 0600, &attributes);
    if (queue == (mqd_t)-1) {
        perror("mq_open");
        return 1;
    }
    mq_unlink(arguments[1]);
    memset(&action, 0, sizeof action);
    action.sa_handler = handler;
    sigaction(SIGALRM, &action, NULL);
    int missed = 0;
    for (int i = 0; i < signals; ++i) {
        missed += is_missed(queue, i);
    }
    printf("%d of %d signals did not end the wait\n", missed, signals);
    return 0;
}
