/* SPDX-License-Identifier: BSL-1.0 */
#ifndef CHECKS_H
#define CHECKS_H

/* A program written against <mqueue.h>, as any. Each check prints a line that says what is so, the
   same whatever stands behind those calls. */

#include <errno.h>
#include <mqueue.h>
#include <stdbool.h>

void check(const char* what, bool is_so);

/* What has nothing to do with queues. Ends the program when it is not so. */
void require(bool is_so);

#define FAILS_WITH(error, call) (errno = 0, (call) == -1 && errno == (error))

/* The queue that all checks use, one after the other. */
extern const char* name;

/* Makes it anew, for four messages of sixteen bytes. */
mqd_t new_queue(int flags);

enum { capacity = 4, longest = 16 };

void fill(mqd_t queue);

/* Whether the next message is this one. */
bool next_is(mqd_t queue, const char* text, unsigned priority);

long waiting_in(mqd_t queue);

/* Runs it in a forked child: what it answers. */
int child_answers(int (*body)(mqd_t), mqd_t queue);

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
