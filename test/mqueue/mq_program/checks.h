/* SPDX-License-Identifier: BSL-1.0 */
#ifndef CHECKS_H
#define CHECKS_H

/* An ordinary program written against <mqueue.h>. Each check prints a line with its result. The
   lines must be equal, whatever implements the calls. */

#include <errno.h>
#include <mqueue.h>
#include <stdbool.h>
#include <sys/types.h>

void check(const char* what, bool is_so);

/* Checks a precondition that does not concern queues. Ends the program when it does not hold. */
void require(bool is_so);

#define FAILS_WITH(error, call) (errno = 0, (call) == -1 && errno == (error))

/* The queue that all checks use, one after the other. */
extern const char* name;

enum { capacity = 4, longest = 16 };

/* The attributes of a queue for four messages of sixteen bytes: the kernel's queues are few and
   small. */
struct mq_attr small(void);

/* Removes the queue and makes a new small one. */
mqd_t new_queue(int flags);

void fill(mqd_t queue);

/* Whether the next message is this one. */
bool next_is(mqd_t queue, const char* text, unsigned priority);

long waiting_in(mqd_t queue);

/* Runs `body` in a forked child and returns its result. */
int child_answers(int (*body)(mqd_t), mqd_t queue);

/* Waits until the child sleeps in the kernel. */
void wait_until_asleep(pid_t child);

struct timespec in_milliseconds(long milliseconds);

void check_names(void);
void check_permissions(void);
void check_transfer(void);
void check_attributes(void);
void check_times(void);
void check_signals(void);
void check_waiting(void);
void check_descriptors(const char* program);
void check_polling(void);
void check_notifying(void);

#endif
