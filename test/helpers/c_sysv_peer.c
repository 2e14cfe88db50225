// SPDX-License-Identifier: BSL-1.0

// A program in plain C that uses System V objects and knows nothing of crex:
//
//     c_sysv_peer VERB KEY ARGUMENT...

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>

enum { memory_size = 100, text_size = 100 };

struct letter {
    long type;
    char text[text_size];
};

static void die(const char* what) {
    fprintf(stderr, "c_sysv_peer: %s: %s\n", what, strerror(errno));
    exit(EXIT_FAILURE);
}

static int checked(int result, const char* what) {
    if (result < 0) {
        die(what);
    }
    return result;
}

static int semaphore_of(key_t key) { return checked(semget(key, 1, 0), "semget"); }

static char* memory_of(key_t key) {
    char* const memory = shmat(checked(shmget(key, 0, 0), "shmget"), NULL, 0);
    if (memory == (char*)-1) {
        die("shmat");
    }
    return memory;
}

static void send_text(key_t key, long type, const char* text) {
    struct letter letter = {.type = type};
    snprintf(letter.text, sizeof letter.text, "%s", text);
    checked(msgsnd(checked(msgget(key, 0), "msgget"), &letter, strlen(letter.text), 0), "msgsnd");
}

static void receive_text(key_t key, long type) {
    struct letter letter;
    const ssize_t size = msgrcv(checked(msgget(key, 0), "msgget"), &letter, text_size, type, 0);
    if (size < 0) {
        die("msgrcv");
    }
    printf("%.*s\n", (int)size, letter.text);
}

static void release(key_t key) {
    struct sembuf one = {.sem_num = 0, .sem_op = 1, .sem_flg = 0};
    checked(semop(semaphore_of(key), &one, 1), "semop");
}

// One object of each kind.
static void create(key_t key) {
    checked(semget(key, 1, IPC_CREAT | IPC_EXCL | 0600), "semget");
    release(key);
    checked(shmget(key, memory_size, IPC_CREAT | IPC_EXCL | 0600), "shmget");
    checked(msgget(key, IPC_CREAT | IPC_EXCL | 0600), "msgget");
    send_text(key, 5, "hello");
}

int main(int argc, char** argv) {
    const char* const verb = argc > 2 ? argv[1] : "";
    const key_t key = argc > 2 ? (key_t)strtol(argv[2], NULL, 10) : 0;
    if (strcmp(verb, "create") == 0) {
        create(key);
    } else if (strcmp(verb, "release") == 0) {
        release(key);
    } else if (strcmp(verb, "value") == 0) {
        printf("%d\n", checked(semctl(semaphore_of(key), 0, GETVAL), "semctl"));
    } else if (strcmp(verb, "read") == 0) {
        printf("%.*s\n", text_size, memory_of(key));
    } else if (strcmp(verb, "write") == 0 && argc > 3) {
        memcpy(memory_of(key), argv[3], strlen(argv[3]));
    } else if (strcmp(verb, "receive") == 0 && argc > 3) {
        receive_text(key, strtol(argv[3], NULL, 10));
    } else if (strcmp(verb, "send") == 0 && argc > 4) {
        send_text(key, strtol(argv[3], NULL, 10), argv[4]);
    } else {
        fprintf(stderr, "c_sysv_peer: no such verb: %s\n", verb);
        return 2;
    }
    return EXIT_SUCCESS;
}
