// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// The parameters of the demo programs in C: those of the programs in C++, from the same params.txt
// and the same options.

enum { name_size = 512 };

struct parameters {
    // One for each key of params.txt, which explains them.
    unsigned long iterations;
    bool live_dangerously;
    char semaphore_name[name_size];
    char shared_memory_name[name_size];
    char message_queue_name[name_size];
    unsigned permissions;
    size_t shm_size;
    int queue_backend; // CREX_BACKEND_...

    // Only on the command line.
    int64_t patience; // in nanoseconds
    bool quiet;
    const char* file;
};

/// Reads params.txt, then the options, which override it. Prints what is wrong, with file, line and
/// key, and ends the program with status 2; with 0 after --help.
void read_parameters(int argc, char** argv, const char* about, struct parameters* parameters);
