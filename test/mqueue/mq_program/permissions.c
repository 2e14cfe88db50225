/* SPDX-License-Identifier: BSL-1.0 */
#include "checks.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* The functions below run in a child and return 1 for yes. */

static int nobody_may_not_open_it(mqd_t queue) {
    (void)queue;
    return setuid(65534) == 0 && FAILS_WITH(EACCES, mq_open(name, O_RDWR)) &&
           FAILS_WITH(EACCES, mq_open(name, O_RDWR | O_CREAT, 0600, NULL));
}

static int nobody_may_not_unlink_it(mqd_t queue) {
    (void)queue;
    return setuid(65534) == 0 && FAILS_WITH(EACCES, mq_unlink(name));
}

static int nobody_may_use_what_root_lets_all_use(mqd_t queue) {
    (void)queue;
    const mqd_t mine = setuid(65534) == 0 ? mq_open(name, O_RDWR) : (mqd_t)-1;
    return mine != (mqd_t)-1 && mq_send(mine, "x", 1, 0) == 0;
}

static int no_more_files(mqd_t queue) {
    (void)queue;
    const struct rlimit few = {3, 3};
    setrlimit(RLIMIT_NOFILE, &few);
    return FAILS_WITH(EMFILE, mq_open(name, O_RDWR));
}

static mode_t mode_of(mqd_t queue) {
    struct stat status;
    return fstat(queue, &status) == 0 ? status.st_mode & 0777 : 0;
}

static mqd_t made_with_mode(mode_t mode) {
    struct mq_attr attributes = small();
    mq_unlink(name);
    return mq_open(name, O_RDWR | O_CREAT, mode, &attributes);
}

void check_permissions(void) {
    const mode_t before = umask(027);
    const mqd_t masked = made_with_mode(0666);
    check("the umask takes from the mode", mode_of(masked) == 0640);
    umask(0);
    const mqd_t open_to_all = made_with_mode(0666);
    check("and nothing else does", mode_of(open_to_all) == 0666);
    check("no descriptor left: EMFILE", child_answers(no_more_files, open_to_all));
    if (geteuid() == 0) {
        check("another user may use what lets all use it",
              child_answers(nobody_may_use_what_root_lets_all_use, open_to_all));
        const mqd_t closed = new_queue(O_RDWR);
        check("mq_open of another user's queue: EACCES",
              child_answers(nobody_may_not_open_it, closed));
        check("mq_unlink of another user's queue: EACCES",
              child_answers(nobody_may_not_unlink_it, closed));
        mq_close(closed);
    }
    const mqd_t for_nobody = made_with_mode(0);
    check("who makes it may use it, whatever the mode", mq_send(for_nobody, "x", 1, 0) == 0);
    umask(before);
    mq_close(for_nobody);
    mq_close(open_to_all);
    mq_close(masked);
}
