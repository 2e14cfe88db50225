// SPDX-License-Identifier: BSL-1.0
#pragma once

// For programs that check the C interface. Each check that fails prints a line and is counted.

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <crex.h>

/// The name that the objects of this program may have.
extern const char* name;

void check(bool is_so, const char* what, const char* file, int line);

/// Checks that `result` is `error`, and that crex_last_error() is `sentence`, in which each %s
/// stands for the name. A null pointer allows any sentence that is not empty.
void check_failure(int result, int error, const char* sentence, const char* call, const char* file,
                   int line);

#define CHECK(condition) check(condition, #condition, __FILE__, __LINE__)
#define OK(call) check_success(call, #call, __FILE__, __LINE__)
#define FAILS(error, sentence, call) check_failure(call, error, sentence, #call, __FILE__, __LINE__)

/// Checks that the call succeeded. Prints its sentence if not.
void check_success(int result, const char* call, const char* file, int line);

int64_t milliseconds(int64_t count);

/// Whether poll(2) finds the descriptor readable within 2 s; at once if it must not be.
bool becomes_readable(int fd);
bool is_readable(int fd);

/// Runs `body` in a child process, and returns when the body has said with ready() that it has done
/// its part. Then waits for the child's end and returns its exit status, or -1.
pid_t start(void (*body)(void));
void ready(void);
int end_of(pid_t child);

/// Runs `body` in a child process, which is killed once the body is ready.
void in_a_killed_child(void (*body)(void));

/// Lets SIGALRM end the waits of this thread in a moment: its handler has no SA_RESTART.
void interrupt_soon(void);

void check_semaphore(void);
void check_robust_semaphore(void);
void check_shared_memory(void);
void check_message_queue(void);
void check_notification(void);
void check_loan_and_lease(void);
void check_ring(void);
void check_structs(void);
