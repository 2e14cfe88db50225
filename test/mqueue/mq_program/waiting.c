/* SPDX-License-Identifier: BSL-1.0 */
#include "checks.h"

#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Runs in a child; returns 1 for yes. */
static int hears_and_answers(mqd_t queue) {
    return next_is(queue, "question", 1) && mq_send(queue, "answer", 6, 2) == 0;
}

static void check_processes(mqd_t queue) {
    const pid_t child = fork();
    if (child == 0) {
        _exit(!hears_and_answers(queue));
    }
    wait_until_asleep(child);
    mq_send(queue, "question", 8, 1);
    int status = -1;
    waitpid(child, &status, 0);
    check("a message wakes who waits for one, in a forked child", status == 0);
    check("which can send as well", next_is(queue, "answer", 2));
    fill(queue);
    const pid_t sender = fork();
    if (sender == 0) {
        _exit(mq_send(queue, "pushed", 6, 0));
    }
    wait_until_asleep(sender);
    check("a full queue takes no more", waiting_in(queue) == capacity);
    next_is(queue, "filling", 0);
    waitpid(sender, &status, 0);
    check("room wakes who waits for some", status == 0 && waiting_in(queue) == capacity);
}

enum { many = 2000 };

static int sends_many(mqd_t queue) {
    for (int i = 0; i < many; ++i) {
        if (mq_send(queue, (const char*)&i, sizeof i, 0) != 0) {
            return 1;
        }
    }
    return 0;
}

static void check_many(mqd_t queue) {
    const pid_t child = fork();
    if (child == 0) {
        _exit(sends_many(queue));
    }
    int in_order = 0;
    for (int i = 0; i < many; ++i) {
        union {
            int number;
            char bytes[longest];
        } message;
        in_order += mq_receive(queue, message.bytes, longest, NULL) == sizeof message.number &&
                    message.number == i;
    }
    waitpid(child, NULL, 0);
    check("two thousand messages arrive, each once and in order", in_order == many);
}

static _Atomic pid_t receiver;

static void* receives(void* queue) {
    char buffer[longest];
    receiver = gettid();
    return (void*)(intptr_t)mq_receive(*(mqd_t*)queue, buffer, longest, NULL);
}

static void await_receiver(void) {
    while (receiver == 0) {
        sched_yield();
    }
    wait_until_asleep(receiver);
    receiver = 0;
}

static void check_threads(void) {
    mqd_t queue = new_queue(O_RDWR);
    const mqd_t other = mq_open(name, O_WRONLY);
    pthread_t thread;
    void* answer = NULL;
    pthread_create(&thread, NULL, receives, &queue);
    await_receiver();
    check("mq_close while a thread waits", mq_close(queue) == 0);
    mq_send(other, "still", 5, 0);
    pthread_join(thread, &answer);
    check("and the thread goes on waiting, and receives", (intptr_t)answer == 5);
    mq_close(other);
}

static void check_cancelling_who_waits(mqd_t queue) {
    pthread_t thread;
    void* answer = NULL;
    pthread_create(&thread, NULL, receives, &queue);
    await_receiver();
    pthread_cancel(thread);
    pthread_join(thread, &answer);
    check("pthread_cancel ends a thread that waits", answer == PTHREAD_CANCELED);
    mq_send(queue, "after", 5, 0);
    check("and takes no message along", next_is(queue, "after", 0));
}

static void* sends_and_receives(void* queue) {
    char buffer[longest];
    while (mq_send(*(mqd_t*)queue, "round", 5, 0) == 0) {
        mq_receive(*(mqd_t*)queue, buffer, longest, NULL);
    }
    return NULL;
}

static void check_cancelling_who_is_busy(mqd_t queue) {
    int cancelled = 0;
    for (int i = 0; i < 20; ++i) {
        const struct timespec a_moment = {0, 2000000};
        pthread_t thread;
        void* answer = NULL;
        char buffer[longest];
        pthread_create(&thread, NULL, sends_and_receives, &queue);
        nanosleep(&a_moment, NULL);
        pthread_cancel(thread);
        pthread_join(thread, &answer);
        cancelled += answer == PTHREAD_CANCELED;
        if (waiting_in(queue) > 0) {
            mq_receive(queue, buffer, longest, NULL);
        }
    }
    check("pthread_cancel ends a thread that is busy", cancelled == 20 && waiting_in(queue) == 0);
}

/* AddressSanitizer takes the stack that a cancelled thread has left for damaged. */
static void check_cancelling(mqd_t queue) {
#ifndef __SANITIZE_ADDRESS__
    check_cancelling_who_waits(queue);
    check_cancelling_who_is_busy(queue);
#else
    (void)queue;
    (void)check_cancelling_who_waits;
    (void)check_cancelling_who_is_busy;
#endif
}

static volatile bool enough;

static void* keeps_looking(void* queue) {
    while (!enough && waiting_in(*(mqd_t*)queue) == 0) {
    }
    return NULL;
}

static int looks_once(mqd_t queue) { return waiting_in(queue) != 0; }

static void check_fork(mqd_t queue) {
    pthread_t thread;
    int failed = 0;
    pthread_create(&thread, NULL, keeps_looking, &queue);
    for (int i = 0; i < 100; ++i) {
        failed += child_answers(looks_once, queue);
    }
    enough = true;
    pthread_join(thread, NULL);
    check("fork while another thread is in a call does the child no harm", failed == 0);
}

void check_waiting(void) {
    const mqd_t queue = new_queue(O_RDWR);
    check_processes(queue);
    mq_close(queue);
    const mqd_t fresh = new_queue(O_RDWR);
    check_many(fresh);
    check_cancelling(fresh);
    check_fork(fresh);
    mq_close(fresh);
    check_threads();
}
