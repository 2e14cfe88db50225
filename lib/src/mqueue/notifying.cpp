// SPDX-License-Identifier: BSL-1.0
#include "mqueue/notifying.hpp"

#include <cerrno>
#include <memory>

#include <pthread.h>

#include "mqueue/open_queues.hpp"

namespace crex::mqueue {
namespace {

// A detached thread's attributes, copied from the program's, which may be gone when the thread
// starts. Not copied are a stack of its own, which two threads would get, and the processors it may
// run on.
class ThreadAttributes {
public:
    explicit ThreadAttributes(const pthread_attr_t* wanted) {
        pthread_attr_init(&attributes_);
        pthread_attr_setdetachstate(&attributes_, PTHREAD_CREATE_DETACHED);
        if (wanted != nullptr) {
            take_sizes(*wanted);
            take_scheduling(*wanted);
        }
    }
    ~ThreadAttributes() { pthread_attr_destroy(&attributes_); }
    ThreadAttributes(const ThreadAttributes&) = delete;
    ThreadAttributes& operator=(const ThreadAttributes&) = delete;

    [[nodiscard]] const pthread_attr_t* get() const { return &attributes_; }

private:
    void take_sizes(const pthread_attr_t& wanted) {
        std::size_t size = 0;
        pthread_attr_getstacksize(&wanted, &size);
        pthread_attr_setstacksize(&attributes_, size);
        pthread_attr_getguardsize(&wanted, &size);
        pthread_attr_setguardsize(&attributes_, size);
    }

    void take_scheduling(const pthread_attr_t& wanted) {
        int value = 0;
        sched_param parameters{};
        pthread_attr_getinheritsched(&wanted, &value);
        pthread_attr_setinheritsched(&attributes_, value);
        pthread_attr_getschedpolicy(&wanted, &value);
        pthread_attr_setschedpolicy(&attributes_, value);
        pthread_attr_getschedparam(&wanted, &parameters);
        pthread_attr_setschedparam(&attributes_, &parameters);
    }

    pthread_attr_t attributes_{};
};

struct Job {
    void (*function)(sigval);
    sigval value;
};

void* do_job(void* job) {
    const Job mine = *static_cast<Job*>(job);
    delete static_cast<Job*>(job); // now, since the function may end the thread
    mine.function(mine.value);
    return nullptr;
}

// Runs the program's function in a thread of its own: the function may end the thread, and the
// program may choose the thread's attributes.
void start(const Job& job, const ThreadAttributes& attributes) {
    auto copy = std::make_unique<Job>(job);
    pthread_t thread{};
    if (pthread_create(&thread, attributes.get(), do_job, copy.get()) == 0) {
        (void)copy.release();
    }
}

bool makes_sense(const sigevent& wanted) {
    switch (wanted.sigev_notify) {
    case SIGEV_NONE:
        return true;
    case SIGEV_SIGNAL:
        return wanted.sigev_signo >= 0 && wanted.sigev_signo < _NSIG;
    case SIGEV_THREAD:
        return wanted.sigev_notify_function != nullptr;
    default:
        return false;
    }
}

void request(MessageQueue& queue, const sigevent& wanted) {
    if (wanted.sigev_notify == SIGEV_THREAD) {
        const Job job{wanted.sigev_notify_function, wanted.sigev_value};
        const auto attributes = std::make_shared<ThreadAttributes>(wanted.sigev_notify_attributes);
        queue.request_notification([job, attributes] { start(job, *attributes); },
                                   SecondRequest::is_busy);
    } else if (wanted.sigev_notify == SIGEV_SIGNAL && wanted.sigev_signo != 0) {
        queue.request_notification(Signal{wanted.sigev_signo, wanted.sigev_value.sival_ptr},
                                   SecondRequest::is_busy);
    } else {
        queue.request_notification([] {},
                                   SecondRequest::is_busy); // takes the place, notifies nothing
    }
}

} // namespace

int notify(mqd_t descriptor, const sigevent* wanted) {
    if (wanted != nullptr && !makes_sense(*wanted)) {
        return -EINVAL;
    }
    const auto its = OpenQueues::instance().find(descriptor);
    if (!its) {
        return -EBADF;
    }
    if (wanted != nullptr) {
        request(its->queue->handle(), *wanted);
    } else {
        its->queue->handle().request_notification();
    }
    return 0;
}

} // namespace crex::mqueue
