/* SPDX-License-Identifier: BSL-1.0 */
#include "checks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

const char* name;
static bool all_is_well = true;

void check(const char* what, bool is_so) {
    printf("%s %s\n", is_so ? "ok    " : "NOT SO", what);
    fflush(stdout); /* children must not inherit it */
    all_is_well = all_is_well && is_so;
}

void require(bool is_so) {
    if (!is_so) {
        perror("a call that has nothing to do with queues");
        _exit(2);
    }
}

struct mq_attr small(void) {
    struct mq_attr attributes = {0};
    attributes.mq_maxmsg = capacity;
    attributes.mq_msgsize = longest;
    return attributes;
}

mqd_t new_queue(int flags) {
    struct mq_attr attributes = small();
    mq_unlink(name);
    const mqd_t queue = mq_open(name, O_CREAT | O_EXCL | flags, 0600, &attributes);
    if (queue == (mqd_t)-1) {
        perror("mq_open");
        exit(2);
    }
    return queue;
}

void fill(mqd_t queue) {
    for (int i = 0; i < capacity; ++i) {
        mq_send(queue, "filling", 7, 0);
    }
}

bool next_is(mqd_t queue, const char* text, unsigned priority) {
    char buffer[longest];
    unsigned its_priority = ~0U;
    const ssize_t size = mq_receive(queue, buffer, sizeof buffer, &its_priority);
    return size == (ssize_t)strlen(text) && memcmp(buffer, text, strlen(text)) == 0 &&
           its_priority == priority;
}

long waiting_in(mqd_t queue) {
    struct mq_attr now = {0};
    return mq_getattr(queue, &now) == 0 ? now.mq_curmsgs : -1;
}

int child_answers(int (*body)(mqd_t), mqd_t queue) {
    const pid_t child = fork();
    if (child == 0) {
        _exit(body(queue));
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static char state_of(pid_t process) {
    char path[40];
    char state = '?';
    snprintf(path, sizeof path, "/proc/%d/stat", (int)process);
    FILE* const file = fopen(path, "r");
    require(file != NULL && fscanf(file, "%*d (%*[^)]) %c", &state) == 1);
    fclose(file);
    return state;
}

void wait_until_asleep(pid_t child) {
    const struct timespec a_moment = {0, 10000000};
    do {
        nanosleep(&a_moment, NULL);
    } while (state_of(child) != 'S');
}

struct timespec in_milliseconds(long milliseconds) {
    struct timespec moment;
    clock_gettime(CLOCK_REALTIME, &moment);
    const long nanoseconds = moment.tv_nsec + milliseconds % 1000 * 1000000;
    moment.tv_sec += milliseconds / 1000 + nanoseconds / 1000000000;
    moment.tv_nsec = nanoseconds % 1000000000;
    return moment;
}

/* program NAME: tries everything with the queue of that name.
   program is-open NUMBER: the exit code says whether the descriptor NUMBER is open. */
int main(int count, char** arguments) {
    if (count == 3 && strcmp(arguments[1], "is-open") == 0) {
        return fcntl(atoi(arguments[2]), F_GETFD) != -1;
    }
    if (count != 2) {
        return 2;
    }
    name = arguments[1];
    check_names();
    check_permissions();
    check_transfer();
    check_attributes();
    check_times();
    check_signals();
    check_waiting();
    check_descriptors(arguments[0]);
    check_polling();
    check_notifying();
    mq_unlink(name);
    return all_is_well ? 0 : 1;
}
