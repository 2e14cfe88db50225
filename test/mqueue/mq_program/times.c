/* SPDX-License-Identifier: BSL-1.0 */
#include "checks.h"

#include <stdint.h>
#include <time.h>

static const struct timespec long_ago = {1, 0};

static void check_bad_times(mqd_t queue) {
    const struct timespec bad[] = {{1, -1}, {1, 1000000000}, {-1, 0}};
    char buffer[longest];
    bool refused = true;
    for (int i = 0; i < 3; ++i) {
        refused = refused && FAILS_WITH(EINVAL, mq_timedsend(queue, "x", 1, 0, &bad[i])) &&
                  FAILS_WITH(EINVAL, mq_timedreceive(queue, buffer, longest, NULL, &bad[i]));
    }
    check("a time that there is not: EINVAL, wait or no wait", refused);
    check("even of no descriptor",
          FAILS_WITH(EINVAL, mq_timedsend((mqd_t)-1, "x", 1, 0, &bad[1])) &&
              FAILS_WITH(EINVAL, mq_timedreceive((mqd_t)-1, buffer, longest, NULL, &bad[1])));
}

static void check_past(mqd_t queue) {
    char buffer[longest];
    check("mq_timedreceive from an empty queue, the time being past: ETIMEDOUT",
          FAILS_WITH(ETIMEDOUT, mq_timedreceive(queue, buffer, longest, NULL, &long_ago)));
    check("mq_timedsend does what it can at once, be the time past",
          mq_timedsend(queue, "x", 1, 3, &long_ago) == 0);
    unsigned priority = 0;
    check("and so does mq_timedreceive",
          mq_timedreceive(queue, buffer, longest, &priority, &long_ago) == 1 && priority == 3);
    fill(queue);
    check("mq_timedsend to a full queue, the time being past: ETIMEDOUT",
          FAILS_WITH(ETIMEDOUT, mq_timedsend(queue, "x", 1, 0, &long_ago)));
    const struct timespec* volatile never = NULL; /* which the header does not like */
    check("without a time it waits as long as it takes, and so not at all if it need not",
          mq_timedreceive(queue, buffer, longest, NULL, never) == 7 &&
              mq_timedsend(queue, "filling", 7, 0, never) == 0);
}

/* Milliseconds of a clock that cannot be set. */
static int64_t now(void) {
    struct timespec moment;
    clock_gettime(CLOCK_MONOTONIC, &moment);
    return (int64_t)moment.tv_sec * 1000 + moment.tv_nsec / 1000000;
}

static void check_waits(mqd_t queue) {
    char buffer[longest];
    int64_t begin = now();
    struct timespec soon = in_milliseconds(100);
    check("mq_timedsend to a full queue waits that long, and then: ETIMEDOUT",
          FAILS_WITH(ETIMEDOUT, mq_timedsend(queue, "x", 1, 0, &soon)) && now() - begin >= 99);
    while (waiting_in(queue) > 0) {
        mq_receive(queue, buffer, longest, NULL);
    }
    begin = now();
    soon = in_milliseconds(100);
    check("mq_timedreceive from an empty one as well: ETIMEDOUT",
          FAILS_WITH(ETIMEDOUT, mq_timedreceive(queue, buffer, longest, NULL, &soon)) &&
              now() - begin >= 99);
}

void check_times(void) {
    const mqd_t queue = new_queue(O_RDWR);
    char buffer[longest];
    check_bad_times(queue);
    check_past(queue);
    check_waits(queue);
    fcntl(queue, F_SETFL, O_NONBLOCK);
    check("with O_NONBLOCK it is EAGAIN, be the time past or not",
          FAILS_WITH(EAGAIN, mq_timedreceive(queue, buffer, longest, NULL, &long_ago)));
    fill(queue);
    const struct timespec later = in_milliseconds(3600000);
    check("the same for mq_timedsend", FAILS_WITH(EAGAIN, mq_timedsend(queue, "x", 1, 0, &later)));
    mq_close(queue);
}
