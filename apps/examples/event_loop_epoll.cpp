// SPDX-License-Identifier: BSL-1.0

// A queue, a timer and standard input in one loop of epoll(7), until standard input ends:
// example_event_loop_epoll [QUEUE]

#include <array>
#include <cstdint>
#include <iostream>
#include <stdexcept>
#include <string_view>

#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <crex/crex.hpp>

namespace {

int checked(int result, const char* what) {
    if (result < 0) {
        throw std::runtime_error{what};
    }
    return result;
}

class Loop {
public:
    explicit Loop(crex::MessageQueue& queue) : queue_{queue} {
        const itimerspec every_second{{1, 0}, {1, 0}};
        checked(timerfd_settime(timer_, 0, &every_second, nullptr), "timerfd_settime");
        for (const int fd : {queue_.ready_fd(), timer_, STDIN_FILENO}) {
            epoll_event event{};
            event.events = EPOLLIN;
            event.data.fd = fd;
            checked(epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
        }
    }
    ~Loop() {
        close(epoll_);
        close(timer_);
    }
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;

    // Returns false once standard input has ended.
    bool turn() {
        epoll_event event{};
        if (epoll_wait(epoll_, &event, 1, -1) <= 0) {
            return true; // a signal
        }
        if (event.data.fd == STDIN_FILENO) {
            return read_input();
        }
        event.data.fd == timer_ ? tick() : receive();
        return true;
    }

private:
    bool read_input() {
        std::array<char, 4096> text{};
        const ssize_t size = read(STDIN_FILENO, text.data(), text.size());
        if (size > 0) {
            std::cout << "input: " << std::string_view{text.data(), std::size_t(size)}
                      << std::flush;
        }
        return size > 0;
    }

    void tick() {
        std::uint64_t times = 0;
        (void)!read(timer_, &times, sizeof times);
        std::cout << "a second has passed" << std::endl;
    }

    // Readable is a hint: another process may have taken the message.
    void receive() {
        while (const auto message = queue_.try_receive()) {
            std::cout << "message: " << message->body << std::endl;
        }
    }

    crex::MessageQueue& queue_;
    int epoll_ = checked(epoll_create1(EPOLL_CLOEXEC), "epoll_create1");
    int timer_ = checked(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC), "timerfd_create");
};

} // namespace

int main(int argc, char** argv) try {
    crex::MessageQueue queue{argc > 1 ? argv[1] : "/events", crex::o_creat};
    Loop loop{queue};
    while (loop.turn()) {
    }
} catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
}
