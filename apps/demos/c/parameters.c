// SPDX-License-Identifier: BSL-1.0
#include "parameters.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <crex.h>

#include "status.h"

static const char* program;

__attribute__((noreturn, format(printf, 1, 2))) static void reject(const char* format, ...) {
    va_list parts;
    fprintf(stderr, "%s: ", program);
    va_start(parts, format);
    vfprintf(stderr, format, parts);
    va_end(parts);
    fputc('\n', stderr);
    exit(usage);
}

static unsigned long number(const char* place, const char* text, int base, unsigned long min,
                            unsigned long max) {
    char* end = NULL;
    errno = 0;
    const unsigned long value = strtoul(text, &end, base);
    if (!isdigit((unsigned char)text[0]) || *end != '\0' || errno != 0 || value < min ||
        value > max) {
        reject(base == 8 ? "%s: must be an octal number from %lo to %lo, not \"%s\""
                         : "%s: must be a whole number from %lu to %lu, not \"%s\"",
               place, min, max, text);
    }
    return value;
}

static void object_name(const char* place, const char* text, char* result) {
    if (text[0] != '/' || text[1] == '\0' || strchr(text + 1, '/') != NULL ||
        strlen(text) >= name_size) {
        reject("%s: must be a slash followed by characters other than a slash, not \"%s\"", place,
               text);
    }
    strcpy(result, text);
}

static int backend(const char* place, const char* text) {
    static const char* const names[] = {"robust", "posix", "boost"};
    for (int i = 0; i < 3; ++i) {
        if (strcmp(text, names[i]) == 0) {
            return i;
        }
    }
    reject("%s: must be boost, posix or robust, not \"%s\"", place, text);
}

// The keys of params.txt. The option of a key is the key in lower case, with dashes.
enum key {
    iterations,
    live_dangerously,
    semaphore_name,
    shared_memory_name,
    message_queue_name,
    permissions,
    shm_size,
    queue_backend_name,
    key_count
};

static const struct option options[] = {
    {"iterations", required_argument, NULL, iterations},
    {"live-dangerously", required_argument, NULL, live_dangerously},
    {"semaphore-name", required_argument, NULL, semaphore_name},
    {"shared-memory-name", required_argument, NULL, shared_memory_name},
    {"message-queue-name", required_argument, NULL, message_queue_name},
    {"permissions", required_argument, NULL, permissions},
    {"shm-size", required_argument, NULL, shm_size},
    {"queue-backend-name", required_argument, NULL, queue_backend_name},
    {"params", required_argument, NULL, 'p'},
    {"patience", required_argument, NULL, 't'},
    {"quiet", no_argument, NULL, 'q'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

static void set(struct parameters* parameters, enum key key, const char* place, const char* text) {
    switch (key) {
    case iterations:
        parameters->iterations = number(place, text, 10, 1, UINT32_MAX);
        break;
    case live_dangerously:
        parameters->live_dangerously = number(place, text, 10, 0, 1) == 1;
        break;
    case semaphore_name:
        object_name(place, text, parameters->semaphore_name);
        break;
    case shared_memory_name:
        object_name(place, text, parameters->shared_memory_name);
        break;
    case message_queue_name:
        object_name(place, text, parameters->message_queue_name);
        break;
    case permissions:
        parameters->permissions = (unsigned)number(place, text, 8, 0, 0777);
        break;
    case shm_size:
        parameters->shm_size = number(place, text, 10, 33, INT64_MAX);
        break;
    case queue_backend_name:
        parameters->queue_backend = backend(place, text);
        break;
    case key_count:
        break;
    }
}

static enum key find_key(const char* place, const char* text) {
    for (int key = 0; key < key_count; ++key) {
        const char* option = options[key].name;
        const char* c = text;
        while (*c != '\0' && (*option == '-' ? *c == '_' : tolower((unsigned char)*c) == *option)) {
            ++c;
            ++option;
        }
        if (*c == '\0' && *option == '\0') {
            return (enum key)key;
        }
    }
    reject("%s: %s: there is no such key", place, text);
}

static char* trimmed(char* text) {
    text += strspn(text, " \t\r\n\v\f");
    for (char* end = text + strlen(text); end > text && isspace((unsigned char)end[-1]);) {
        *--end = '\0';
    }
    return text;
}

static void read_line(struct parameters* parameters, char* line, int line_number) {
    char place[name_size + 64];
    line = trimmed(line);
    if (line[0] == '#' || line[0] == '\0') {
        return;
    }
    snprintf(place, sizeof place, "%s:%d", parameters->file, line_number);
    char* const equals = strchr(line, '=');
    if (equals == NULL) {
        reject("%s: %s: there is no '=', as in KEY=VALUE", place, line);
    }
    *equals = '\0';
    const char* const key = trimmed(line);
    const enum key found = find_key(place, key);
    snprintf(place, sizeof place, "%s:%d: %s", parameters->file, line_number, key);
    set(parameters, found, place, trimmed(equals + 1));
}

static void read_file(struct parameters* parameters) {
    char line[2 * name_size];
    FILE* const file = fopen(parameters->file, "r");
    for (int i = 1; file != NULL && fgets(line, sizeof line, file) != NULL; ++i) {
        read_line(parameters, line, i);
    }
    if (file == NULL || ferror(file)) {
        reject("%s: %s (--params names another file)", parameters->file, strerror(errno));
    }
    fclose(file);
}

static int64_t nanoseconds(const char* text) {
    char* end = NULL;
    const double seconds = strtod(text, &end);
    if (*end != '\0' || !(seconds > 0 && seconds < 365.0 * 24 * 60 * 60)) {
        reject("--patience: must be a number of seconds above zero, not \"%s\"", text);
    }
    return (int64_t)(seconds * 1e9);
}

static void print_help(const char* about) {
    printf("Usage: %s [options]\n\n%s\n\nOptions:\n", program, about);
    for (const struct option* option = options; option->name != NULL; ++option) {
        printf("  --%s%s\n", option->name, option->has_arg == required_argument ? " VALUE" : "");
    }
    exit(fine);
}

// Twice: first for the file, then to override it.
static void read_options(int argc, char** argv, const char* about, struct parameters* parameters,
                         bool override) {
    int option = 0;
    optind = 1;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == '?') {
            exit(usage); // getopt_long() has printed why
        } else if (option == 'h') {
            print_help(about);
        } else if (option == 'p') {
            parameters->file = optarg;
        } else if (option == 't') {
            parameters->patience = nanoseconds(optarg);
        } else if (option == 'q') {
            parameters->quiet = true;
        } else if (override) {
            char place[64];
            snprintf(place, sizeof place, "--%s", options[option].name);
            set(parameters, (enum key)option, place, optarg);
        }
    }
    if (optind < argc) {
        reject("%s: there are no arguments but options", argv[optind]);
    }
}

void read_parameters(int argc, char** argv, const char* about, struct parameters* parameters) {
    const struct parameters defaults = {
        1000,        false, "/wuthering_heights", "/four_yorkshiremen",    "/my_message_queue",
        0600,        4096,  CREX_BACKEND_BOOST,   INT64_C(5) * 1000000000, false,
        "params.txt"};
    program = strrchr(argv[0], '/') != NULL ? strrchr(argv[0], '/') + 1 : argv[0];
    *parameters = defaults;
    read_options(argc, argv, about, parameters, false);
    read_file(parameters);
    read_options(argc, argv, about, parameters, true);
}
