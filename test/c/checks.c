// SPDX-License-Identifier: BSL-1.0
#include "checks.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

const char* name;
static int failures;
static int pipe_to_parent;

void check(bool is_so, const char* what, const char* file, int line) {
    if (!is_so) {
        ++failures;
        fprintf(stderr, "%s:%d: not so: %s\n", file, line, what);
    }
}

void check_success(int result, const char* call, const char* file, int line) {
    if (result != 0) {
        ++failures;
        fprintf(stderr, "%s:%d: %s: %d, %s\n", file, line, call, result, crex_last_error());
    }
}

void check_failure(int result, int error, const char* sentence, const char* call, const char* file,
                   int line) {
    char expected[512] = "";
    const char* hole = sentence != NULL ? strstr(sentence, "%s") : NULL;
    if (hole != NULL) {
        snprintf(expected, sizeof expected, "%.*s%s%s", (int)(hole - sentence), sentence, name,
                 hole + 2);
    } else if (sentence != NULL) {
        snprintf(expected, sizeof expected, "%s", sentence);
    }
    const char* const said = crex_last_error();
    const bool is_right = sentence != NULL ? strcmp(said, expected) == 0 : said[0] != '\0';
    if (result != error || !is_right) {
        ++failures;
        fprintf(stderr, "%s:%d: %s: %d and \"%s\" instead of %d and \"%s\"\n", file, line, call,
                result, said, error, expected);
    }
}

int64_t milliseconds(int64_t count) { return count * 1000000; }

static bool readable_within(int fd, int limit) {
    struct pollfd source = {fd, POLLIN, 0};
    return poll(&source, 1, limit) == 1 && (source.revents & POLLIN) != 0;
}

bool becomes_readable(int fd) { return readable_within(fd, 2000); }
bool is_readable(int fd) { return readable_within(fd, 0); }

void ready(void) {
    if (write(pipe_to_parent, "", 1) != 1) {
        _exit(2);
    }
}

pid_t start(void (*body)(void)) {
    int ends[2];
    char byte;
    if (pipe(ends) != 0) {
        perror("pipe");
        exit(2);
    }
    pipe_to_parent = ends[1];
    const pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        body();
        for (;;) {
            pause();
        }
    }
    close(ends[1]);
    CHECK(read(ends[0], &byte, 1) == 1);
    close(ends[0]);
    return child;
}

int end_of(pid_t child) {
    int status = 0;
    CHECK(waitpid(child, &status, 0) == child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void in_a_killed_child(void (*body)(void)) {
    const pid_t child = start(body);
    kill(child, SIGKILL);
    CHECK(end_of(child) == -1);
}

static void note(int number) { (void)number; }

// Again and again, since a signal that comes before the wait does not end it.
void interrupt_soon(void) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = note;
    sigaction(SIGALRM, &action, NULL);
    const struct itimerval every_20_ms = {{0, 20000}, {0, 20000}};
    setitimer(ITIMER_REAL, &every_20_ms, NULL);
}

int main(int count, char** arguments) {
    static const struct {
        const char* part;
        void (*check)(void);
    } parts[] = {
        {"semaphore", check_semaphore},
        {"robust_semaphore", check_robust_semaphore},
        {"shared_memory", check_shared_memory},
        {"message_queue", check_message_queue},
        {"notification", check_notification},
        {"loan_and_lease", check_loan_and_lease},
        {"ring", check_ring},
        {"structs", check_structs},
    };
    if (count == 3) {
        name = arguments[2];
        for (size_t i = 0; i < sizeof parts / sizeof *parts; ++i) {
            if (strcmp(arguments[1], parts[i].part) == 0) {
                CHECK(crex_last_error()[0] == '\0');
                parts[i].check();
                return failures == 0 ? 0 : 1;
            }
        }
    }
    fprintf(stderr, "usage: c_program PART NAME\n");
    return 2;
}
