/* SPDX-License-Identifier: BSL-1.0 */
#include "checks.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

static const mqd_t none = (mqd_t)-1;

static const char* name_of_length(size_t length) {
    static char text[PATH_MAX + 10];
    snprintf(text, sizeof text, "%s", name);
    memset(text + strlen(text), 'x', length - strlen(text));
    text[length] = '\0';
    return text;
}

static void check_bad_names(void) {
    char within[300];
    snprintf(within, sizeof within, "%s/x", name);
    check("mq_open of a name without a slash: EINVAL", FAILS_WITH(EINVAL, mq_open("x", O_RDWR)));
    check("mq_open of an empty name: EINVAL", FAILS_WITH(EINVAL, mq_open("", O_RDWR)));
    check("mq_open of a mere slash: ENOENT", FAILS_WITH(ENOENT, mq_open("/", O_RDWR)));
    check("mq_open of a second slash: EACCES", FAILS_WITH(EACCES, mq_open(within, O_RDWR)));
    check("mq_open of two slashes: EACCES", FAILS_WITH(EACCES, mq_open("//x", O_RDWR)));
    check("mq_open of a dot: EACCES", FAILS_WITH(EACCES, mq_open("/.", O_RDWR)));
    check("mq_open of two dots: EACCES", FAILS_WITH(EACCES, mq_open("/..", O_RDWR)));
    check("mq_open of 256 characters: ENAMETOOLONG",
          FAILS_WITH(ENAMETOOLONG, mq_open(name_of_length(257), O_RDWR)));
    check("mq_open of a path that is too long: ENAMETOOLONG",
          FAILS_WITH(ENAMETOOLONG, mq_open(name_of_length(PATH_MAX + 1), O_RDWR)));
    check("mq_unlink of a name without a slash: EINVAL", FAILS_WITH(EINVAL, mq_unlink("x")));
    check("mq_unlink of a mere slash: ENOENT", FAILS_WITH(ENOENT, mq_unlink("/")));
    check("mq_unlink of a second slash: EACCES", FAILS_WITH(EACCES, mq_unlink(within)));
    check("mq_unlink of 256 characters: ENAMETOOLONG",
          FAILS_WITH(ENAMETOOLONG, mq_unlink(name_of_length(257))));
}

static void check_creating(void) {
    mq_unlink(name);
    check("mq_open of what is not there: ENOENT", FAILS_WITH(ENOENT, mq_open(name, O_RDWR)));
    check("O_EXCL without O_CREAT changes nothing: ENOENT",
          FAILS_WITH(ENOENT, mq_open(name, O_RDWR | O_EXCL)));
    check("mq_unlink of what is not there: ENOENT", FAILS_WITH(ENOENT, mq_unlink(name)));
    const mqd_t queue = new_queue(O_RDWR);
    check("mq_open makes a queue", queue != none);
    check("O_CREAT | O_EXCL of what is there: EEXIST",
          FAILS_WITH(EEXIST, mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, NULL)));
    check("an access mode that there is not: EINVAL",
          FAILS_WITH(EINVAL, mq_open(name, O_WRONLY | O_RDWR)));
    const mqd_t again = mq_open(name, O_RDWR | O_CREAT, 0600, NULL);
    check("O_CREAT of what is there opens it",
          mq_send(queue, "same", 4, 1) == 0 && next_is(again, "same", 1));
    mq_close(again);
    volatile int flags = O_RDWR; /* then a fortified program makes another call */
    const mqd_t unforeseen = mq_open(name, flags);
    check("so do flags that no compiler knows", unforeseen != none && waiting_in(unforeseen) == 0);
    mq_close(unforeseen);
    mq_close(queue);
}

static void check_bad_attributes(long messages, long size, const char* without, const char* with) {
    struct mq_attr bad = {0};
    bad.mq_maxmsg = messages;
    bad.mq_msgsize = size;
    mq_unlink(name);
    check(without, FAILS_WITH(EINVAL, mq_open(name, O_RDWR | O_CREAT, 0600, &bad)));
    mq_close(new_queue(O_RDWR));
    const mqd_t queue = mq_open(name, O_RDWR | O_CREAT, 0600, &bad);
    check(with, queue != none &&
                    FAILS_WITH(EEXIST, mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, &bad)));
    mq_close(queue);
}

static void check_removing(void) {
    const mqd_t old = new_queue(O_RDWR);
    check("mq_unlink removes the name", mq_unlink(name) == 0 && mq_unlink(name) == -1);
    check("who has it open goes on", mq_send(old, "old", 3, 0) == 0 && waiting_in(old) == 1);
    const mqd_t new = new_queue(O_RDWR);
    check("the name's next queue is another one", waiting_in(new) == 0);
    mq_close(new);
    check("and the old one still there", next_is(old, "old", 0));
    mq_close(old);
    const mqd_t keeper = new_queue(O_WRONLY);
    mq_send(keeper, "kept", 4, 5);
    mq_close(keeper);
    const mqd_t reader = mq_open(name, O_RDONLY);
    check("messages stay when nobody has the queue open", next_is(reader, "kept", 5));
    mq_close(reader);
    const char* longest_name = name_of_length(240);
    struct mq_attr attributes = small();
    const mqd_t long_one = mq_open(longest_name, O_RDWR | O_CREAT, 0600, &attributes);
    check("a name of 240 characters is fine", long_one != none && mq_unlink(longest_name) == 0);
    mq_close(long_one);
}

void check_names(void) {
    check_bad_names();
    check_creating();
    check_bad_attributes(0, 16, "no messages at all: EINVAL",
                         "unless it is there already: no messages");
    check_bad_attributes(4, 0, "messages of no size: EINVAL",
                         "unless it is there already: no size");
    check_bad_attributes(-1, 16, "fewer messages than none: EINVAL",
                         "unless it is there already: fewer than none");
    check_bad_attributes(4, -1, "a size below zero: EINVAL",
                         "unless it is there already: below zero");
    check_removing();
}
