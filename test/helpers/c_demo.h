// SPDX-License-Identifier: BSL-1.0
#pragma once

// Shared by the demos' counterparts in C. They follow the demos' protocols through the C library
// alone, and block where they wait:
//
//   c_premise PARAMS [SECONDS]     Premise pauses that long before she removes what she created
//   c_conclusion PARAMS
//
// c_mq_premise and c_mq_conclusion take the same arguments. Exit codes: 0, 1 for corruption, 3 for
// an error.

#include <semaphore.h>
#include <stddef.h>
#include <sys/types.h>

enum { digest_size = 33, text_size = 256 };

struct params {
    long iterations;
    int live_dangerously;
    char semaphore_name[text_size];
    char shared_memory_name[text_size];
    char message_queue_name[text_size];
    mode_t permissions;
    size_t shm_size;
};

// Reads the demos' params.txt: every line with a '=' is KEY=VALUE.
void read_params(const char* path, struct params* params);

// Sets the name of the program that say() prints.
void introduce(const char* name);
void say(const char* format, ...) __attribute__((format(printf, 1, 2)));

// Prints errno's reason and ends the program.
void die(const char* what) __attribute__((noreturn));

void current_time(char* text);
void md5ify(const char* text, char* digest);

// Returns 0 when `heard` is the digest of `said`; otherwise prints the difference and returns 1.
int compare(const char* said, const char* heard, long iteration);

void acquire(sem_t* semaphore, const struct params* params);
void release(sem_t* semaphore, const struct params* params);

// Maps the whole memory and closes its descriptor.
char* map_memory(int fd, size_t size);

// Acquires, again and again, until the memory holds another text than `said`.
void wait_for_news(sem_t* semaphore, const char* memory, const char* said,
                   const struct params* params);
