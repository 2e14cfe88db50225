// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <stdbool.h>

#include "parameters.h"
#include "status.h"

// The conversation of the programs in C++, over any channel. Premise begins with the time of day.
// From then on each process answers the text it heard with its MD5 digest, and checks that the next
// text it hears is the digest of what it said.

enum { text_size = 8193 };

enum role { premise, conclusion };

/// What a look at the channel has shown: no text, the text that this process said last, or an
/// answer; or an error, which has been printed.
enum seen { seen_nothing, seen_own, seen_answer, seen_error };

/// The medium. Its functions print the error when they return false or seen_error.
struct channel {
    const char* title; ///< "Shared memory", for the result
    const struct parameters* parameters;
    enum role role;
    bool met;         ///< the peer has answered; before that, Premise waits without limit
    bool has_yielded; ///< since the last text was said: the peer may have run

    bool (*say)(struct channel* channel, const char* text);
    /// Looks for a text that is not `said`, and waits for it for at most `timeout` nanoseconds.
    enum seen (*look)(struct channel* channel, const char* said, char* heard, int64_t timeout);
    /// Premise's last act.
    void (*finish)(struct channel* channel);
};

/// Prints a step, with the time and the speaker, unless --quiet was given.
__attribute__((format(printf, 2, 3))) void narrate(const struct channel* channel,
                                                   const char* format, ...);

/// Prints crex_last_error(), or that a signal has interrupted the program. Returns false.
bool complain(void);

/// From now on SIGINT and SIGTERM end the waits of crex. Returns whether one came.
void catch_signals(void);
bool is_interrupted(void);

/// Holds the conversation and prints the result, whatever happens.
enum status converse(struct channel* channel);

/// Calls `try_open` until it returns true, for a second: Premise may have just been started. A
/// failure of another kind than `missing` is final.
bool open_soon(struct channel* channel, bool (*try_open)(struct channel* channel, bool* missing));

/// For Premise when a name is taken: prints how to remove what is there.
void explain_leftovers(const struct parameters* parameters, const char* program);
