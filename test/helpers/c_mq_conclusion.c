// SPDX-License-Identifier: BSL-1.0
#include <fcntl.h>

#include "c_mq_demo.h"

static int converse(mqd_t queue, long iterations) {
    char said[text_size] = "";
    char heard[text_size];
    int result = 0;
    for (long i = 0; i < iterations && result == 0; ++i) {
        say("iteration %ld", i);
        receive_news(queue, heard, said);
        if (i > 0) {
            result = compare(said, heard, i);
        }
        md5ify(heard, said);
        send_text(queue, said);
    }
    return result;
}

int main(int argc, char** argv) {
    struct params params;
    read_params(argc > 1 ? argv[1] : NULL, &params);
    introduce("Mrs. Conclusion");

    const mqd_t queue = mq_open(params.message_queue_name, O_RDWR);
    if (queue == (mqd_t)-1) {
        die("opening the message queue");
    }
    const int result = converse(queue, params.iterations);
    mq_close(queue);
    return result;
}
