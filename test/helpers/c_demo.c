// SPDX-License-Identifier: BSL-1.0
#include "c_demo.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <openssl/evp.h>

static const char* speaker = "";

void introduce(const char* name) {
    speaker = name;
    say("Oooo 'ello, I'm %s!", name);
}

void say(const char* format, ...) {
    char stamp[16];
    const time_t now = time(NULL);
    strftime(stamp, sizeof stamp, "%H:%M:%S", localtime(&now));
    printf("%s @ %s: ", speaker, stamp);
    va_list parts;
    va_start(parts, format);
    vprintf(format, parts);
    va_end(parts);
    putchar('\n');
}

void die(const char* what) {
    perror(what);
    exit(3);
}

static void set(struct params* params, const char* key, const char* value) {
    if (strcasecmp(key, "ITERATIONS") == 0) {
        params->iterations = atol(value);
    } else if (strcasecmp(key, "LIVE_DANGEROUSLY") == 0) {
        params->live_dangerously = atoi(value);
    } else if (strcasecmp(key, "SEMAPHORE_NAME") == 0) {
        strncpy(params->semaphore_name, value, text_size - 1);
    } else if (strcasecmp(key, "SHARED_MEMORY_NAME") == 0) {
        strncpy(params->shared_memory_name, value, text_size - 1);
    } else if (strcasecmp(key, "MESSAGE_QUEUE_NAME") == 0) {
        strncpy(params->message_queue_name, value, text_size - 1);
    } else if (strcasecmp(key, "PERMISSIONS") == 0) {
        params->permissions = (mode_t)strtoul(value, NULL, 8);
    } else if (strcasecmp(key, "SHM_SIZE") == 0) {
        params->shm_size = strtoul(value, NULL, 10);
    }
}

void read_params(const char* path, struct params* params) {
    memset(params, 0, sizeof *params);
    FILE* const file = path != NULL ? fopen(path, "r") : NULL;
    if (file == NULL) {
        die("opening the parameters");
    }
    char line[2 * text_size];
    while (fgets(line, sizeof line, file) != NULL) {
        char* const equals = strchr(line, '=');
        if (line[0] != '#' && equals != NULL) {
            *equals = '\0';
            equals[1 + strcspn(equals + 1, "\n")] = '\0';
            set(params, line, equals + 1);
        }
    }
    fclose(file);
}

void current_time(char* text) {
    const time_t now = time(NULL);
    strftime(text, text_size, "%a %b %e %H:%M:%S %Y", localtime(&now));
}

void md5ify(const char* text, char* digest) {
    unsigned char bytes[16];
    if (EVP_Digest(text, strlen(text), bytes, NULL, EVP_md5(), NULL) != 1) {
        die("computing a digest");
    }
    for (size_t i = 0; i < sizeof bytes; ++i) {
        sprintf(digest + 2 * i, "%02x", (unsigned)bytes[i]);
    }
}

int compare(const char* said, const char* heard, long iteration) {
    char expected[digest_size];
    md5ify(said, expected);
    if (strcmp(expected, heard) == 0) {
        return 0;
    }
    say("Corruption after %ld iterations: expected %s, but there is %s", iteration, expected,
        heard);
    return 1;
}

void acquire(sem_t* semaphore, const struct params* params) {
    if (params->live_dangerously) {
        return;
    }
    say("Waiting to acquire the semaphore");
    if (sem_wait(semaphore) != 0) {
        die("acquiring the semaphore");
    }
}

void release(sem_t* semaphore, const struct params* params) {
    if (params->live_dangerously) {
        return;
    }
    say("Releasing the semaphore");
    if (sem_post(semaphore) != 0) {
        die("releasing the semaphore");
    }
}

char* map_memory(int fd, size_t size) {
    char* const memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED) {
        die("mapping the shared memory");
    }
    close(fd);
    return memory;
}

void wait_for_news(sem_t* semaphore, const char* memory, const char* said,
                   const struct params* params) {
    acquire(semaphore, params);
    while (strcmp(memory, said) == 0) {
        release(semaphore, params);
        acquire(semaphore, params);
    }
}
