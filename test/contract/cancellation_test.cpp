// SPDX-License-Identifier: BSL-1.0

// pthread_cancel(3) on every object: a call goes on to its end as if the thread had not been
// cancelled. The request acts at the thread's next cancellation point.

#include <atomic>
#include <chrono>
#include <functional>
#include <optional>
#include <thread>

#include <boost/test/unit_test.hpp>

#include <pthread.h>
#include <unistd.h>

#include <crex/crex.hpp>

#include "contract/queue_fixture.hpp"
#include "support/eventually.hpp"
#include "support/expect.hpp"
#include "support/kinds.hpp"
#include "support/sanitized.hpp"
#include "support/unique_name.hpp"

using namespace test;
using namespace std::chrono_literals;

namespace {

// A thread that runs `body` and then comes to a cancellation point.
class Cancellable {
public:
    explicit Cancellable(std::function<void()> body) : body_{std::move(body)} {
        const auto entry = [](void* self) -> void* {
            static_cast<Cancellable*>(self)->run();
            return nullptr;
        };
        BOOST_REQUIRE(pthread_create(&thread_, nullptr, entry, this) == 0);
    }
    ~Cancellable() { expect_cancelled_after_the_call(); }
    Cancellable(const Cancellable&) = delete;
    Cancellable& operator=(const Cancellable&) = delete;

    void cancel() const { pthread_cancel(thread_); }

private:
    void run() {
        try {
            body_();
        } catch (const std::exception&) { // an outcome like any other
        }
        has_returned_ = true;
        pthread_testcancel();
    }

    void expect_cancelled_after_the_call() {
        void* result = nullptr;
        pthread_join(thread_, &result);
        BOOST_TEST(has_returned_, "the call has not come to its end");
        BOOST_TEST((result == PTHREAD_CANCELED));
    }

    std::function<void()> body_;
    std::atomic<bool> has_returned_{false};
    pthread_t thread_{};
};

// Runs `body` in a thread that has been cancelled: the first cancellation point in `body` would
// act.
void in_cancelled_thread(const std::function<void()>& body) {
    const Cancellable thread{[&] {
        pthread_cancel(pthread_self());
        body();
    }};
}

// AddressSanitizer takes the stack that a cancelled thread has left for damaged.
bool cannot_be_tested() {
    if (sanitized) {
        skip("threads are not cancelled under a sanitizer");
    }
    return sanitized;
}

// A wait of each object, for something that does not come by itself.
void for_each_wait(const std::function<void(const std::string&,
                                            const std::function<void(crex::Timeout)>&)>& body) {
    const std::string name = unique_name();
    for (const auto backend : {crex::Backend::robust, crex::Backend::boost, crex::Backend::posix}) {
        crex::MessageQueue queue{
            name, crex::O_CREX, {.max_messages = 1, .max_message_size = 8, .backend = backend}};
        queue.unlink();
        const std::string kind{to_string(backend)};
        body("receive, " + kind, [&](auto timeout) { (void)queue.receive(timeout); });
        queue.send("full");
        body("send, " + kind, [&](auto timeout) { queue.send("x", timeout); });
    }
    crex::Semaphore semaphore{name, crex::O_CREX};
    semaphore.unlink();
    body("Semaphore", [&](auto timeout) { semaphore.acquire(timeout); });
    crex::RobustSemaphore robust{name, crex::O_CREX};
    robust.unlink();
    robust.acquire();
    body("RobustSemaphore", [&](auto timeout) { robust.acquire(timeout); });
    crex::Ring ring{name, crex::O_CREX, {.capacity = 4096}};
    ring.unlink();
    auto consumer = ring.consumer();
    body("Ring", [&](auto timeout) { (void)consumer.peek(timeout); });
    crex::sysv::MessageQueue letters{std::nullopt, crex::O_CREX};
    body("System V", [&](auto timeout) { (void)letters.receive(timeout); });
    letters.remove();
}

} // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(each_call_of_a_cancelled_thread_goes_on_to_its_end, Kind, Kinds) {
    if (cannot_be_tested()) {
        return;
    }
    for (const auto& call : Kind::calls()) {
        const std::string name = unique_name();
        const Removed<Kind> removed{name};
        auto handle = Kind::open(name, crex::O_CREX);
        Kind::mark(handle);
        in_cancelled_thread([&] { call(handle); });
        in_cancelled_thread([&] { Kind::close(handle); });
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_cancelled_thread_opens_and_unlinks, Kind, Kinds) {
    if (cannot_be_tested()) {
        return;
    }
    const std::string name = unique_name();
    const Removed<Kind> removed{name};
    in_cancelled_thread([&] { (void)Kind::open(name, crex::O_CREX); });
    in_cancelled_thread([&] { (void)Kind::open(name); });
    in_cancelled_thread(
        [] { Kind::unlink(Kind::open(std::nullopt, crex::O_CREX).name()); }); // a generated name
    in_cancelled_thread([&] { (void)Kind::inspect(name); });
    in_cancelled_thread([&] { Kind::unlink(name); });
    BOOST_TEST(!Kind::inspect(name).has_value());
    in_cancelled_thread([&] { (void)Kind::try_open(name); });
}

// Each send and receive adds or removes a byte of the FIFO beside the queue.
BOOST_FIXTURE_TEST_CASE(a_cancelled_thread_sends_to_a_polled_queue_and_receives,
                        QueueFixture<RobustQueues>) {
    if (cannot_be_tested()) {
        return;
    }
    (void)queue.ready_fd();
    in_cancelled_thread([&] { queue.send("x"); });
    BOOST_TEST(queue.current_messages() == 1U);
    in_cancelled_thread([&] { (void)queue.receive(); });
    in_cancelled_thread([&] { queue.loan(1).send(); });
    in_cancelled_thread([&] { queue.lease().ack(); });
    BOOST_TEST(queue.current_messages() == 0U);
}

BOOST_AUTO_TEST_CASE(a_cancelled_thread_uses_both_ends_of_a_ring) {
    if (cannot_be_tested()) {
        return;
    }
    crex::Ring ring{std::nullopt, crex::O_CREX, {.capacity = 4096}};
    const Removed<Rings> removed{ring.name()};
    in_cancelled_thread([&] { ring.producer().send("one"); });
    in_cancelled_thread([&] {
        auto producer = ring.producer();
        (void)producer.reserve(3);
        producer.commit();
    });
    BOOST_TEST(ring.current_records() == 2U);
    in_cancelled_thread([&] { (void)ring.consumer().receive(); });
    in_cancelled_thread([&] {
        auto consumer = ring.consumer();
        (void)consumer.peek();
        consumer.consume();
    });
    BOOST_TEST(ring.current_records() == 0U);
}

BOOST_AUTO_TEST_CASE(a_cancelled_thread_takes_an_inventory) {
    if (cannot_be_tested()) {
        return;
    }
    crex::MessageQueue queue{std::nullopt, crex::O_CREX};
    const Removed<RobustQueues> removed{queue.name()};
    in_cancelled_thread([&] { (void)crex::users_of(queue.id()); });
    in_cancelled_thread([] { (void)crex::describe_process(getpid()); });
    in_cancelled_thread([&] {
        for (const auto& object : crex::list_objects().objects) {
            if (object.name == queue.name()) {
                (void)remove_if_stale(object);
            }
        }
    });
    BOOST_TEST(queue.is_linked());
}

BOOST_AUTO_TEST_CASE(a_cancelled_thread_waits_for_as_long_as_it_was_told) {
    if (cannot_be_tested()) {
        return;
    }
    for_each_wait([](const std::string& what, const auto& wait) {
        BOOST_TEST_CONTEXT(what) {
            for (const auto when : {0ms, 30ms}) {
                std::atomic<bool> was_in_time{false};
                const Cancellable thread{[&] {
                    const auto began = std::chrono::steady_clock::now();
                    try {
                        wait(100ms);
                    } catch (const crex::BusyError&) {
                        was_in_time = std::chrono::steady_clock::now() - began >= 100ms;
                    }
                }};
                std::this_thread::sleep_for(when);
                thread.cancel();
                BOOST_TEST(eventually([&] { return was_in_time.load(); }));
            }
        }
    });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(message_that_a_cancelled_thread_waits_for_still_comes, Kind,
                              QueueKinds) {
    if (cannot_be_tested()) {
        return;
    }
    QueueFixture<Kind> f;
    std::atomic<bool> received{false};
    const Cancellable receiver{[&] { received = f.queue.receive().body == "x"; }};
    std::this_thread::sleep_for(30ms);
    receiver.cancel();
    f.queue.send("x");
    BOOST_TEST(eventually([&] { return received.load(); }));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_permit_that_a_cancelled_thread_waits_for_still_comes, Kind,
                              SemaphoreKinds) {
    if (cannot_be_tested()) {
        return;
    }
    auto semaphore = Kind::create(std::nullopt, 0);
    const Removed<Kind> removed{semaphore.name()};
    std::atomic<bool> acquired{false};
    const Cancellable waiter{[&] {
        semaphore.acquire();
        acquired = true;
    }};
    std::this_thread::sleep_for(30ms);
    waiter.cancel();
    semaphore.release();
    BOOST_TEST(eventually([&] { return acquired.load(); }));
}

// Threads are cancelled at random moments.
BOOST_AUTO_TEST_CASE_TEMPLATE(queue_works_after_its_users_were_cancelled, Kind, QueueKinds) {
    if (cannot_be_tested()) {
        return;
    }
    QueueFixture<Kind> f;
    if (Kind::backend == crex::Backend::robust) {
        (void)f.queue.ready_fd();
    }
    for (int i = 0; i < 100; ++i) {
        std::atomic<bool> stops{false};
        const Cancellable user{[&] {
            while (!stops) {
                const auto another = f.another_handle();
                (void)f.queue.try_send("x", 1);
                (void)f.queue.receive_many(4, 1ms);
            }
        }};
        std::this_thread::sleep_for(i * 17us);
        user.cancel();
        stops = true;
    }
    while (f.queue.try_receive()) {
    }
    f.fill();
    BOOST_TEST(f.queue.receive_many(10).size() == 4U);
}
