/* SPDX-License-Identifier: BSL-1.0 */

/* mq_timed NAME: waits for 200 ms in mq_timedsend(3) and mq_timedreceive(3), in a queue that is too
   long for the kernel and therefore crex's. Built for both kinds of timespec. */

#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { many = 100000 };

static void require(int is_so, const char* what) {
    if (!is_so) {
        perror(what);
        exit(1);
    }
}

static struct timespec soon(void) {
    struct timespec moment;
    clock_gettime(CLOCK_REALTIME, &moment);
    moment.tv_nsec += 200000000;
    moment.tv_sec += moment.tv_nsec / 1000000000;
    moment.tv_nsec %= 1000000000;
    return moment;
}

static void require_past(const struct timespec* moment) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    require(now.tv_sec > moment->tv_sec ||
                (now.tv_sec == moment->tv_sec && now.tv_nsec >= moment->tv_nsec),
            "it waited until then");
}

int main(int count, char** arguments) {
    const char* const name = count == 2 ? arguments[1] : "/mq-timed";
    struct mq_attr attributes = {.mq_maxmsg = many, .mq_msgsize = 1};
    char byte = 'x';
    const mqd_t queue = mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, &attributes);
    require(queue != (mqd_t)-1, "mq_open");
    mq_unlink(name);

    struct timespec moment = soon();
    require(mq_timedreceive(queue, &byte, 1, NULL, &moment) == -1 && errno == ETIMEDOUT,
            "mq_timedreceive, of an empty queue");
    require_past(&moment);
    for (int i = 0; i < many; ++i) {
        require(mq_timedsend(queue, &byte, 1, 0, &moment) == 0, "mq_timedsend");
    }
    moment = soon();
    require(mq_timedsend(queue, &byte, 1, 0, &moment) == -1 && errno == ETIMEDOUT,
            "mq_timedsend, into a full queue");
    require_past(&moment);
    require(mq_timedreceive(queue, &byte, 1, NULL, &moment) == 1, "mq_timedreceive");
    return 0;
}
