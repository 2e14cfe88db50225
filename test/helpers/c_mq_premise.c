// SPDX-License-Identifier: BSL-1.0
#include <fcntl.h>

#include "c_mq_demo.h"

static int converse(mqd_t queue, long iterations) {
    char said[text_size];
    char heard[text_size];
    current_time(said);
    send_text(queue, said);
    for (long i = 0; i < iterations; ++i) {
        say("iteration %ld", i);
        receive_news(queue, heard, said);
        if (compare(said, heard, i) != 0) {
            return 1;
        }
        md5ify(heard, said);
        send_text(queue, said);
    }
    return 0;
}

int main(int argc, char** argv) {
    struct params params;
    read_params(argc > 1 ? argv[1] : NULL, &params);
    introduce("Mrs. Premise");

    const mqd_t queue =
        mq_open(params.message_queue_name, O_RDWR | O_CREAT | O_EXCL, params.permissions, NULL);
    if (queue == (mqd_t)-1) {
        die("creating the message queue");
    }

    const int result = converse(queue, params.iterations);

    say("Destroying the message queue.");
    mq_close(queue);
    if (mq_unlink(params.message_queue_name) != 0) {
        die("unlinking");
    }
    return result;
}
