/* SPDX-License-Identifier: BSL-1.0 */

/* mq_large NAME: does what the kernel permits no ordinary user. Prints the result or the failure.
   mq_large NAME wait: prints "ready" and then receives a message. */

#include <errno.h>
#include <mqueue.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void require(int is_so, const char* what) {
    if (!is_so) {
        printf("%s: %s\n", what, strerror(errno));
        exit(1);
    }
}

static mqd_t made(const char* name, long messages, long size) {
    struct mq_attr attributes = {0};
    attributes.mq_maxmsg = messages;
    attributes.mq_msgsize = size;
    const mqd_t queue = mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, &attributes);
    require(queue != (mqd_t)-1, "mq_open");
    mq_unlink(name);
    return queue;
}

static void many_messages(const char* name) {
    enum { many = 100000 };
    const mqd_t queue = made(name, many, sizeof(int));
    for (int i = 0; i < many; ++i) {
        require(mq_send(queue, (const char*)&i, sizeof i, 0) == 0, "mq_send");
    }
    for (int i = 0; i < many; ++i) {
        int number = -1;
        require(mq_receive(queue, (char*)&number, sizeof number, NULL) == sizeof number,
                "mq_receive");
        require(number == i, "its order");
    }
    mq_close(queue);
    puts("100000 messages in one queue");
}

static void long_messages(const char* name) {
    enum { size = 1 << 20 };
    const mqd_t queue = made(name, 2, size);
    char* const sent = malloc(size);
    char* const received = malloc(size);
    memset(sent, 'm', size);
    require(mq_send(queue, sent, size, 0) == 0, "mq_send");
    require(mq_receive(queue, received, size, NULL) == size, "mq_receive");
    require(memcmp(sent, received, size) == 0, "what it says");
    free(sent);
    free(received); /* and nothing else: ending is as good as closing */
    puts("1048576 bytes in one message");
}

static int wait_for_one(const char* name) {
    const mqd_t queue = mq_open(name, O_RDONLY);
    char buffer[16];
    require(queue != (mqd_t)-1, "mq_open");
    puts("ready");
    fflush(stdout);
    return mq_receive(queue, buffer, sizeof buffer, NULL) == -1;
}

int main(int count, char** arguments) {
    if (count == 3) {
        return wait_for_one(arguments[1]);
    }
    require(count == 2, "usage");
    if (geteuid() == 0) {
        require(setgid(65534) == 0 && setuid(65534) == 0, "becoming an ordinary user");
    }
    many_messages(arguments[1]);
    long_messages(arguments[1]);
    return 0;
}
