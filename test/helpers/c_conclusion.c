// SPDX-License-Identifier: BSL-1.0
#include <fcntl.h>
#include <semaphore.h>
#include <string.h>
#include <sys/mman.h>

#include "c_demo.h"

static int converse(sem_t* semaphore, char* memory, const struct params* params) {
    char said[text_size] = "";
    int result = 0;
    for (long i = 0; i < params->iterations && result == 0; ++i) {
        say("iteration %ld", i);
        wait_for_news(semaphore, memory, said, params);
        say("read %s", memory);
        if (i > 0) {
            result = compare(said, memory, i);
        }
        md5ify(memory, said);
        say("writing %s", said);
        strcpy(memory, said);
        release(semaphore, params);
    }
    return result;
}

int main(int argc, char** argv) {
    struct params params;
    read_params(argc > 1 ? argv[1] : NULL, &params);
    introduce("Mrs. Conclusion");

    sem_t* const semaphore = sem_open(params.semaphore_name, 0);
    if (semaphore == SEM_FAILED) {
        die("opening the semaphore");
    }
    const int fd = shm_open(params.shared_memory_name, O_RDWR, 0);
    if (fd < 0) {
        die("opening the shared memory");
    }
    char* const memory = map_memory(fd, params.shm_size);

    const int result = converse(semaphore, memory, &params);

    munmap(memory, params.shm_size);
    sem_close(semaphore);
    return result;
}
