// SPDX-License-Identifier: BSL-1.0
#include "postgres/operations.hpp"

#include <algorithm>
#include <chrono>
#include <stdexcept>

using namespace std::chrono_literals;

namespace test {
namespace {

Expected exactly(std::size_t count) { return {count, count}; }
Expected between(std::size_t least, std::size_t most) { return {least, most}; }

void open_queue(Subject& its, const std::string& name) {
    its.queue.emplace(name, 0, crex::MessageQueueOptions{.at = &its.server});
}
void lease_one(Subject& its, const std::string& name) {
    open_queue(its, name);
    its.lease = its.queue->lease(10s);
}
void open_semaphore(Subject& its, const std::string& name) {
    its.semaphore.emplace(name, 0, crex::RobustSemaphoreOptions{.at = &its.server});
}
void acquire_one(Subject& its, const std::string& name) {
    open_semaphore(its, name);
    its.semaphore->acquire(10s);
}
void nothing(Subject&, const std::string&) {}

void send_five(Subject& its, const std::string&) {
    const std::vector<std::string_view> five(5, "x");
    if (its.queue->send_many(five, 10s) != five.size()) {
        throw std::runtime_error{"it has sent fewer"};
    }
}

// A call that repeats itself until it is answered.
Expected sent(Outcome outcome, std::size_t count) {
    return outcome == Outcome::died ? between(0, count) : exactly(count);
}

// One that does not, and takes one of two.
Expected taken(Outcome outcome) {
    switch (outcome) {
    case Outcome::returned:
        return exactly(1);
    case Outcome::lease_lost:
    case Outcome::has_not_happened:
        return exactly(2);
    default:
        return between(1, 2);
    }
}

} // namespace

std::string new_name(const std::string& name) { return name + "-new"; }

const std::vector<Operation>& operations() {
    static const auto one_stays = [](Outcome) { return exactly(1); };
    static const auto none = [](Outcome) { return exactly(0); };
    static const std::vector<Operation> all{
        {"create", 0, nothing,
         [](Subject& its, const std::string& name) {
             its.queue.emplace(new_name(name), crex::O_CREX,
                               crex::MessageQueueOptions{.at = &its.server});
         },
         none},
        {"open", 0, nothing, open_queue, none},
        {"send", 0, open_queue, [](Subject& its, const std::string&) { its.queue->send("x", 10s); },
         [](Outcome outcome) { return sent(outcome, 1); }},
        {"send_many", 0, open_queue, send_five, [](Outcome outcome) { return sent(outcome, 5); }},
        {"receive", 2, open_queue,
         [](Subject& its, const std::string&) { (void)its.queue->receive(10s); }, taken},
        {"lease", 1, open_queue,
         [](Subject& its, const std::string&) { its.lease = its.queue->lease(10s); }, one_stays},
        {"ack", 2, lease_one, [](Subject& its, const std::string&) { its.lease->ack(); }, taken},
        {"nack", 1, lease_one, [](Subject& its, const std::string&) { its.lease->nack(); },
         one_stays},
        {"drop a lease", 1, lease_one, [](Subject& its, const std::string&) { its.lease.reset(); },
         one_stays},
        {"shutdown", 1, open_queue, [](Subject& its, const std::string&) { its.queue->shutdown(); },
         one_stays},
        {"request_notification", 1, open_queue,
         [](Subject& its, const std::string&) { its.queue->request_notification([] {}); },
         one_stays},
        {"close", 1, open_queue, [](Subject& its, const std::string&) { its.queue->close(); },
         one_stays},
        {"unlink", 0, open_queue, [](Subject& its, const std::string&) { its.queue->unlink(); },
         [](Outcome outcome) {
             return Expected{0, 0, true, outcome == Outcome::returned};
         }},
        {"acquire", 0, open_semaphore,
         [](Subject& its, const std::string&) { its.semaphore->acquire(10s); }, none},
        {"release", 0, acquire_one,
         [](Subject& its, const std::string&) { its.semaphore->release(); }, none},
        {"close a semaphore", 0, acquire_one,
         [](Subject& its, const std::string&) { its.semaphore->close(); }, none},
    };
    return all;
}

const Operation& operation_called(std::string_view name) {
    return *std::find_if(operations().begin(), operations().end(),
                         [&](const Operation& each) { return each.name == name; });
}

} // namespace test
