// SPDX-License-Identifier: BSL-1.0
#include <fcntl.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "c_demo.h"

static int converse(sem_t* semaphore, char* memory, const struct params* params) {
    char said[text_size];
    current_time(said);
    say("writing %s", said);
    strcpy(memory, said);
    for (long i = 0; i < params->iterations; ++i) {
        say("iteration %ld", i);
        release(semaphore, params);
        wait_for_news(semaphore, memory, said, params);
        say("read %s", memory);
        if (compare(said, memory, i) != 0) {
            return 1;
        }
        md5ify(memory, said);
        say("writing %s", said);
        strcpy(memory, said);
    }
    return 0;
}

int main(int argc, char** argv) {
    struct params params;
    read_params(argc > 1 ? argv[1] : NULL, &params);
    introduce("Mrs. Premise");

    const int fd =
        shm_open(params.shared_memory_name, O_RDWR | O_CREAT | O_EXCL, params.permissions);
    if (fd < 0 || ftruncate(fd, (off_t)params.shm_size) != 0) {
        die("creating the shared memory");
    }
    char* const memory = map_memory(fd, params.shm_size);
    sem_t* const semaphore =
        sem_open(params.semaphore_name, O_CREAT | O_EXCL, params.permissions, 0);
    if (semaphore == SEM_FAILED) {
        die("creating the semaphore");
    }

    const int result = converse(semaphore, memory, &params);

    const unsigned seconds = argc > 2 ? (unsigned)atoi(argv[2]) : 5;
    say("Final release of the semaphore followed by a %u second pause", seconds);
    release(semaphore, &params);
    sleep(seconds);
    if (result == 0) {
        acquire(semaphore, &params);
    }
    say("Destroying semaphore and shared memory.");
    munmap(memory, params.shm_size);
    sem_close(semaphore);
    if (shm_unlink(params.shared_memory_name) != 0 || sem_unlink(params.semaphore_name) != 0) {
        die("unlinking");
    }
    return result;
}
