// SPDX-License-Identifier: BSL-1.0

// How many messages of 64 bytes a second go through <mqueue.h>, in queues for ten messages:
//
//     mqueue_bench one-process|round-trip|streaming MESSAGES
//
// With LD_PRELOAD, it measures that library; mqueue.py compares the two.

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>

#include <fcntl.h>
#include <mqueue.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

constexpr std::size_t size = 64;
constexpr long depth = 10;

void require(bool is_so, const char* what) {
    if (!is_so) {
        std::perror(what);
        _exit(1);
    }
}

class Queue {
public:
    explicit Queue(const char* purpose) {
        const std::string name = "/mqueue-bench-" + std::to_string(getpid()) + std::string{purpose};
        mq_attr attributes{};
        attributes.mq_maxmsg = depth;
        attributes.mq_msgsize = size;
        queue_ = mq_open(name.c_str(), O_RDWR | O_CREAT | O_EXCL, 0600, &attributes);
        require(queue_ != -1, name.c_str());
        mq_unlink(name.c_str());
    }
    ~Queue() { mq_close(queue_); }
    Queue(const Queue&) = delete;
    Queue& operator=(const Queue&) = delete;

    void put() const {
        static constexpr std::array<char, size> message{};
        require(mq_send(queue_, message.data(), size, 0) == 0, "mq_send");
    }
    void take() const {
        std::array<char, size> message; // NOLINT(*-member-init): mq_receive(3) fills it
        require(mq_receive(queue_, message.data(), size, nullptr) == size, "mq_receive");
    }

private:
    mqd_t queue_;
};

// Runs one body in a forked child and the other one here, each so many times.
void both(long times, const std::function<void()>& child_s, const std::function<void()>& mine) {
    const pid_t child = fork();
    for (long i = 0; i < times; ++i) {
        child == 0 ? child_s() : mine();
    }
    if (child == 0) {
        _exit(0);
    }
    wait(nullptr);
}

void run(const std::string& shape, long messages, const Queue& there, const Queue& back) {
    if (shape == "one-process") {
        for (long i = 0; i < messages; ++i) {
            there.put();
            there.take();
        }
    } else if (shape == "round-trip") {
        both(
            messages, [&] { there.take(), back.put(); }, [&] { there.put(), back.take(); });
    } else {
        both(
            messages, [&] { there.put(); }, [&] { there.take(); });
    }
}

} // namespace

int main(int count, char** arguments) {
    const std::string shape = count == 3 ? arguments[1] : "";
    const long messages = count == 3 ? std::atol(arguments[2]) : 0;
    if (messages <= 0 ||
        (shape != "one-process" && shape != "round-trip" && shape != "streaming")) {
        std::fputs("usage: mqueue_bench one-process|round-trip|streaming MESSAGES\n", stderr);
        return 2;
    }
    const Queue there{"-there"};
    const Queue back{"-back"};
    const auto began = std::chrono::steady_clock::now();
    run(shape, messages, there, back);
    const std::chrono::duration<double> time = std::chrono::steady_clock::now() - began;
    std::printf("%.0f\n", static_cast<double>(messages) / time.count());
}
