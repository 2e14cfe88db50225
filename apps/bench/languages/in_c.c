// SPDX-License-Identifier: BSL-1.0

// The calls of in_cpp.cpp, in C. Each result is looked at, as a program would.

#include <crex.h>

#include <float.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { size = 64, bursts = 100 };

static char message[size];

static void require(int error) {
    if (error != 0) {
        fprintf(stderr, "languages_c: %s\n", crex_last_error());
        exit(EXIT_FAILURE);
    }
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

// Runs the statement that many times, and prints what it takes in the best burst.
#define RUN(pairs, statement)                                                                      \
    do {                                                                                           \
        const long of_burst = (pairs) / bursts;                                                    \
        double best = DBL_MAX;                                                                     \
        for (int burst = 0; burst < bursts; ++burst) {                                             \
            const double began = now();                                                            \
            for (long i = 0; i < of_burst; ++i) {                                                  \
                statement;                                                                         \
            }                                                                                      \
            const double took = now() - began;                                                     \
            best = took < best ? took : best;                                                      \
        }                                                                                          \
        printf("%.2f\n", best / (double)of_burst);                                                 \
    } while (0)

static const int flags = CREX_CREX | CREX_RANDOM_NAME;

static crex_message_queue* new_queue(void) {
    crex_message_queue* queue = NULL;
    crex_message_queue_options options = CREX_MESSAGE_QUEUE_OPTIONS_INIT;
    options.max_message_size = size;
    require(crex_message_queue_open(&queue, NULL, flags, &options));
    require(crex_message_queue_unlink(queue));
    return queue;
}

static void acquire_and_release(crex_semaphore* semaphore) {
    require(crex_semaphore_acquire(semaphore, CREX_NO_TIMEOUT));
    require(crex_semaphore_release(semaphore, 1));
}

static void run_semaphore(long pairs) {
    crex_semaphore* semaphore = NULL;
    crex_semaphore_options options = CREX_SEMAPHORE_OPTIONS_INIT;
    options.initial_value = 1;
    require(crex_semaphore_open(&semaphore, NULL, flags, &options));
    require(crex_semaphore_unlink(semaphore));
    RUN(pairs, acquire_and_release(semaphore));
    crex_semaphore_free(semaphore);
}

static void hold_and_give_back(crex_robust_semaphore* semaphore) {
    require(crex_robust_semaphore_acquire(semaphore, CREX_NO_TIMEOUT));
    require(crex_robust_semaphore_release(semaphore, 1));
}

static void run_robust(long pairs) {
    crex_robust_semaphore* semaphore = NULL;
    require(crex_robust_semaphore_open(&semaphore, NULL, flags, NULL));
    require(crex_robust_semaphore_unlink(semaphore));
    RUN(pairs, hold_and_give_back(semaphore));
    crex_robust_semaphore_free(semaphore);
}

static void send_and_receive(crex_message_queue* queue) {
    size_t got = 0;
    require(crex_message_queue_send(queue, message, size, 0, CREX_NO_TIMEOUT));
    require(crex_message_queue_receive(queue, message, size, &got, NULL, CREX_NO_TIMEOUT));
}

static void run_queue(long pairs) {
    crex_message_queue* const queue = new_queue();
    RUN(pairs, send_and_receive(queue));
    crex_message_queue_free(queue);
}

static void write_and_read_in_place(crex_message_queue* queue) {
    crex_loan* loan = NULL;
    crex_lease* lease = NULL;
    void* room = NULL;
    const void* bytes = NULL;
    size_t got = 0;
    require(crex_message_queue_loan(queue, &loan, size, CREX_NO_TIMEOUT));
    require(crex_loan_bytes(loan, &room, &got));
    memcpy(room, message, size);
    require(crex_loan_send(loan, 0));
    crex_loan_free(loan);
    require(crex_message_queue_lease(queue, &lease, CREX_NO_TIMEOUT));
    require(crex_lease_bytes(lease, &bytes, &got));
    memcpy(message, bytes, size);
    require(crex_lease_ack(lease));
    crex_lease_free(lease);
}

static void run_loan(long pairs) {
    crex_message_queue* const queue = new_queue();
    RUN(pairs, write_and_read_in_place(queue));
    crex_message_queue_free(queue);
}

static void put_and_take(crex_ring_producer* producer, crex_ring_consumer* consumer) {
    size_t got = 0;
    require(crex_ring_producer_send(producer, message, size, CREX_NO_TIMEOUT));
    require(crex_ring_consumer_receive(consumer, message, size, &got, CREX_NO_TIMEOUT));
}

static void run_ring(long pairs) {
    crex_ring* ring = NULL;
    crex_ring_producer* producer = NULL;
    crex_ring_consumer* consumer = NULL;
    require(crex_ring_open(&ring, NULL, flags, NULL));
    require(crex_ring_unlink(ring));
    require(crex_ring_take_producer(ring, &producer));
    require(crex_ring_take_consumer(ring, &consumer));
    RUN(pairs, put_and_take(producer, consumer));
    crex_ring_consumer_free(consumer);
    crex_ring_producer_free(producer);
    crex_ring_free(ring);
}

int main(int count, char** arguments) {
    static const struct {
        const char* name;
        void (*run)(long pairs);
    } cases[] = {{"semaphore", run_semaphore},
                 {"robust", run_robust},
                 {"queue", run_queue},
                 {"loan", run_loan},
                 {"ring", run_ring}};
    const long pairs = count == 3 ? atol(arguments[2]) : 0;
    for (size_t i = 0; pairs >= bursts && i < sizeof cases / sizeof *cases; ++i) {
        if (strcmp(cases[i].name, arguments[1]) == 0) {
            cases[i].run(pairs);
            return 0;
        }
    }
    fputs("usage: languages_c semaphore|robust|queue|loan|ring PAIRS\n", stderr);
    return 2;
}
