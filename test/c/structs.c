// SPDX-License-Identifier: BSL-1.0
#include <stdio.h>
#include <string.h>

#include "checks.h"

// Programs of other versions: their structs are shorter or longer.

struct later_options {
    crex_semaphore_options known;
    uint64_t unknown; // a later struct has no padding either
};

static void check_sizes(void) {
    struct later_options options = {CREX_SEMAPHORE_OPTIONS_INIT, 0};
    crex_semaphore* semaphore = NULL;
    char sentence[160];
    options.known.size = sizeof options;
    options.known.initial_value = 1;
    OK(crex_semaphore_open(&semaphore, name, CREX_CREX, &options.known));
    OK(crex_semaphore_acquire(semaphore, 0));
    OK(crex_semaphore_unlink(semaphore));
    crex_semaphore_free(semaphore);

    options.unknown = 1;
    snprintf(sentence, sizeof sentence,
             "crex_semaphore_open(): the struct's size is %zu, and it asks for more than this "
             "library knows (%zu bytes)",
             sizeof options, sizeof options.known);
    FAILS(EINVAL, sentence, crex_semaphore_open(&semaphore, name, CREX_CREX, &options.known));

    options.known.size = 0;
    snprintf(sentence, sizeof sentence,
             "crex_semaphore_open(): the struct's size is 0, not %zu; begin with its initialiser, "
             "CREX_..._INIT",
             sizeof options.known);
    FAILS(EINVAL, sentence, crex_semaphore_open(&semaphore, name, CREX_CREX, &options.known));
}

static void check_long_sentences(void) {
    static char long_name[5000] = "/";
    crex_semaphore* semaphore = NULL;
    memset(long_name + 1, 'x', sizeof long_name - 2);
    FAILS(EINVAL, NULL, crex_semaphore_open(&semaphore, long_name, 0, NULL));
    CHECK(strlen(crex_last_error()) == 2047);
}

void check_structs(void) {
    check_sizes();
    check_long_sentences();
    CHECK(strcmp(crex_version(), "0.1.0") == 0);
}
