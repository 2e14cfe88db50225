// SPDX-License-Identifier: BSL-1.0
#include "conversation.h"

#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <crex.h>

#include "md5.h"

static volatile sig_atomic_t interrupted;

static void note(int signal) {
    (void)signal;
    interrupted = 1;
}

void catch_signals(void) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = note; // and no SA_RESTART, so that waiting calls end
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

bool is_interrupted(void) { return interrupted != 0; }

bool complain(void) {
    fflush(stdout);
    fprintf(stderr, "%s\n", is_interrupted() ? "interrupted by a signal" : crex_last_error());
    return false;
}

void narrate(const struct channel* channel, const char* format, ...) {
    struct timespec now;
    struct tm parts;
    va_list rest;
    if (channel->parameters->quiet) {
        return;
    }
    clock_gettime(CLOCK_REALTIME, &now);
    localtime_r(&now.tv_sec, &parts);
    printf("%02d:%02d:%02d.%06ld %s: ", parts.tm_hour, parts.tm_min, parts.tm_sec,
           now.tv_nsec / 1000, channel->role == premise ? "Mrs Premise" : "Mrs Conclusion");
    va_start(rest, format);
    vprintf(format, rest);
    va_end(rest);
    putchar('\n');
}

static int64_t now(void) {
    struct timespec moment;
    clock_gettime(CLOCK_MONOTONIC, &moment);
    return moment.tv_sec * INT64_C(1000000000) + moment.tv_nsec;
}

static void nap(int64_t nanoseconds) {
    const struct timespec time = {0, (long)nanoseconds};
    nanosleep(&time, NULL);
}

static void pause_processor(void) {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#endif
}

// An answer comes within a microsecond if the peer runs on another processor, and else after a
// yield or two.
static enum seen look_quickly(struct channel* channel, const char* said, char* heard) {
    enum seen seen = seen_nothing;
    channel->has_yielded = false;
    for (int i = 0; i < 84 && (seen == seen_nothing || seen == seen_own); ++i) {
        seen = channel->look(channel, said, heard, CREX_DO_NOT_WAIT);
        channel->has_yielded = i >= 60;
        channel->has_yielded ? (void)sched_yield() : pause_processor();
    }
    return seen;
}

// An eighth of the wait so far, from 20 microseconds to 5 milliseconds.
static void nap_since(int64_t began) {
    const int64_t pause = (now() - began) / 8;
    nap(pause < 20000 ? 20000 : pause > 5000000 ? 5000000 : pause);
}

// Whether to give up is decided before a look, and the look counts: the peer may have answered, and
// left, just now.
static enum seen look_patiently(struct channel* channel, const char* said, char* heard) {
    const int64_t patience = channel->parameters->patience;
    const int64_t since = now();
    for (;; nap_since(since)) {
        const bool is_last = channel->met && now() - since >= patience;
        const enum seen seen = channel->look(channel, said, heard, 100000000);
        if (is_interrupted()) {
            complain();
            return seen_error;
        }
        if (seen == seen_answer || seen == seen_error) {
            return seen;
        }
        if (is_last) {
            fprintf(stderr, "%s has vanished\n",
                    channel->role == premise ? "Mrs Conclusion" : "Mrs Premise");
            return seen_error;
        }
    }
}

static bool hear(struct channel* channel, const char* said, char* heard) {
    enum seen seen = look_quickly(channel, said, heard);
    if (is_interrupted()) {
        return complain();
    }
    if (seen == seen_nothing || seen == seen_own) {
        if (!channel->met) {
            narrate(channel, "Waiting for Mrs Conclusion to be started");
            fflush(stdout);
        }
        seen = look_patiently(channel, said, heard);
    }
    if (seen == seen_answer) {
        channel->met = true;
    }
    return seen == seen_answer;
}

struct tally {
    unsigned long iterations;
    int corrupt;
    int64_t began; // with the first text heard
};

static void report(const struct tally* tally) {
    const unsigned long messages = 2 * tally->iterations;
    const double seconds = (double)(now() - tally->began) / 1e9;
    printf("messages exchanged:  %lu\nmessages corrupt:    %d\nmessages per second: %.0f\n",
           messages, tally->corrupt, messages == 0 ? 0.0 : (double)messages / seconds);
    fflush(stdout);
}

static bool begin(struct channel* channel, char* said, char* expected) {
    const time_t seconds = time(NULL);
    struct tm parts;
    localtime_r(&seconds, &parts);
    strftime(said, text_size, "%a %b %e %H:%M:%S %Y", &parts);
    md5(said, expected);
    return channel->say(channel, said);
}

static enum status go_on(struct channel* channel, struct tally* tally, char* said, char* expected) {
    char heard[text_size];
    while (tally->iterations < channel->parameters->iterations) {
        if (!hear(channel, said, heard)) {
            return failure;
        }
        if (tally->iterations == 0) {
            tally->began = now();
        }
        if (expected[0] != '\0' && strcmp(heard, expected) != 0) {
            ++tally->corrupt;
            printf("%s corruption after %lu iterations.\n", channel->title, tally->iterations);
            return corruption;
        }
        md5(heard, said);
        if (!channel->say(channel, said)) {
            return failure;
        }
        ++tally->iterations;
        md5(said, expected);
    }
    return fine;
}

enum status converse(struct channel* channel) {
    char said[text_size] = "";
    char expected[md5_size] = ""; // Conclusion cannot know the first text
    struct tally tally = {0, 0, now()};
    enum status status = fine;
    if (channel->role == premise && !begin(channel, said, expected)) {
        status = failure;
    }
    if (status == fine) {
        status = go_on(channel, &tally, said, expected);
    }
    if (status == fine && channel->role == premise) {
        channel->finish(channel);
    }
    report(&tally);
    return status;
}

bool open_soon(struct channel* channel, bool (*try_open)(struct channel* channel, bool* missing)) {
    const int64_t deadline = now() + 1000000000;
    bool missing = true;
    while (!try_open(channel, &missing)) {
        if (!missing || is_interrupted()) {
            return complain();
        }
        if (now() >= deadline) {
            fprintf(stderr, "There is nothing to converse through; start Mrs Premise first\n");
            return false;
        }
        nap(10000000);
    }
    return true;
}

void explain_leftovers(const struct parameters* parameters, const char* program) {
    const char* const slash = strrchr(program, '/');
    fprintf(stderr,
            "Another conversation is going on, or was interrupted and left that behind. This "
            "removes it:\n    %.*scleanup --params %s\n",
            slash != NULL ? (int)(slash + 1 - program) : 0, program, parameters->file);
}
