/* SPDX-License-Identifier: BSL-1.0 */
#include "checks.h"

#include <stdio.h>

static bool are(const struct mq_attr* attributes, long flags, long messages, long size, long now) {
    return attributes->mq_flags == flags && attributes->mq_maxmsg == messages &&
           attributes->mq_msgsize == size && attributes->mq_curmsgs == now;
}

static long system_default(const char* path, long otherwise) {
    FILE* const file = fopen(path, "r");
    if (file != NULL) {
        if (fscanf(file, "%ld", &otherwise) != 1) {
            perror(path);
        }
        fclose(file);
    }
    return otherwise;
}

static void check_default(void) {
    mq_unlink(name);
    const mqd_t queue = mq_open(name, O_RDWR | O_CREAT, 0600, NULL);
    struct mq_attr now;
    mq_getattr(queue, &now);
    check("without attributes, a queue has the system's default",
          are(&now, 0, system_default("/proc/sys/fs/mqueue/msg_default", 10),
              system_default("/proc/sys/fs/mqueue/msgsize_default", 8192), 0));
    mq_close(queue);
}

void check_attributes(void) {
    check_default();
    const mqd_t queue = new_queue(O_RDWR);
    struct mq_attr now;
    struct mq_attr wanted = {0};
    mq_send(queue, "x", 1, 0);
    check("mq_getattr says what was asked for, and what is in it",
          mq_getattr(queue, &now) == 0 && are(&now, 0, capacity, longest, 1));
    wanted.mq_flags = O_NONBLOCK;
    wanted.mq_maxmsg = wanted.mq_msgsize = wanted.mq_curmsgs = 3;
    check("mq_setattr says how it was",
          mq_setattr(queue, &wanted, &now) == 0 && are(&now, 0, capacity, longest, 1));
    check("and changes O_NONBLOCK, and nothing else",
          mq_getattr(queue, &now) == 0 && are(&now, O_NONBLOCK, capacity, longest, 1));
    check("fcntl sees it, too", (fcntl(queue, F_GETFL) & O_NONBLOCK) != 0);
    fcntl(queue, F_SETFL, fcntl(queue, F_GETFL) & ~O_NONBLOCK);
    check("and can take it back", mq_getattr(queue, &now) == 0 && now.mq_flags == 0);
    wanted.mq_flags = O_NONBLOCK | O_APPEND;
    check("mq_setattr of another flag: EINVAL",
          FAILS_WITH(EINVAL, mq_setattr(queue, &wanted, &now)));
    check("even of no descriptor", FAILS_WITH(EINVAL, mq_setattr((mqd_t)-1, &wanted, NULL)));
    struct mq_attr* volatile nothing = NULL;
    check("mq_setattr of nothing", mq_setattr(queue, nothing, nothing) == 0);
    const mqd_t other = mq_open(name, O_RDWR | O_NONBLOCK);
    check("each mq_open has its own O_NONBLOCK",
          mq_getattr(other, &now) == 0 && now.mq_flags == O_NONBLOCK &&
              mq_getattr(queue, &now) == 0 && now.mq_flags == 0);
    mq_close(other);
    mq_close(queue);
}
