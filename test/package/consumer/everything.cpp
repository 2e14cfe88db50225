// SPDX-License-Identifier: BSL-1.0

// A program of another project that uses each of crex's classes. Linked at -O0 with a crex built at
// -O0, nothing is inlined: every function comes from the object file that the linker found first,
// so that two definitions of one name in crex show.

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <iostream>
#include <optional>
#include <string_view>

#include <unistd.h>

#include <crex/crex.hpp>

namespace {

using namespace std::chrono_literals;

void require(bool is_so, const char* what) {
    if (!is_so) {
        std::cerr << "wrong: " << what << '\n';
        std::exit(1);
    }
}

bool equals(std::span<const std::byte> bytes, std::string_view text) {
    return std::ranges::equal(bytes, std::as_bytes(std::span{text}));
}

void use_semaphore() {
    crex::Semaphore semaphore{std::nullopt, crex::O_CREX, {.initial_value = 1}};
    semaphore.acquire();
    require(!semaphore.try_acquire_for(1ms), "a semaphore of 0 gives nothing");
    semaphore.release();
    require(semaphore.value() == 1, "a semaphore's value");
    semaphore.unlink();
}

void use_shared_memory() {
    crex::SharedMemory memory{std::nullopt, crex::O_CREX, {.size = 4096}};
    auto mapping = memory.map();
    mapping.bytes()[17] = std::byte{42};
    const auto other = memory.map({.read_only = true});
    require(other.bytes()[17] == std::byte{42}, "shared memory is shared");
    memory.unlink();
}

void use_loan_and_lease(crex::MessageQueue& queue) {
    auto loan = queue.loan(5);
    std::ranges::copy(std::as_bytes(std::span{"loan"}), loan.bytes().begin());
    loan.send_prefix(4, 7);
    auto lease = queue.lease(1s);
    require(equals(lease.bytes(), "loan") && lease.priority() == 7, "a lease shows the loan");
    lease.ack();
    require(!queue.peek() && queue.stats().sent == 3, "a queue's statistics");
}

void use_queue(crex::Backend backend) {
    crex::MessageQueue queue{
        std::nullopt, crex::O_CREX, {.max_message_size = 64, .backend = backend}};
    queue.send("later", 1s, 1);
    queue.send("sooner", 1s, 2);
    require(queue.receive(1s).body == "sooner", "the higher priority comes first");
    require(queue.receive().body == "later", "the lower priority comes next");
    require(!queue.try_receive_for(1ms), "an empty queue gives nothing");
    if (backend == crex::Backend::robust) {
        use_loan_and_lease(queue);
    }
    require(crex::inspect_message_queue(queue.name(), backend).has_value(), "a queue is there");
    queue.unlink();
}

void use_ring() {
    crex::Ring ring{std::nullopt, crex::O_CREX, {.capacity = 4096}};
    auto producer = ring.producer();
    auto consumer = ring.consumer();
    producer.send("record");
    require(equals(consumer.peek(1s), "record"), "a record");
    consumer.consume();
    require(!consumer.try_receive(1ms), "an empty ring gives nothing");
    ring.unlink();
}

void use_robust_semaphore() {
    crex::RobustSemaphore semaphore{std::nullopt, crex::O_CREX};
    semaphore.acquire();
    require(semaphore.holders().size() == 1, "a permit has a holder");
    const auto info = crex::inspect_robust_semaphore(semaphore.name());
    require(info && crex::users_of(info->id).pids.at(0) == getpid(), "a semaphore has a user");
    semaphore.release();
    semaphore.unlink();
}

void use_system_v() {
    namespace sysv = crex::sysv;
    sysv::Semaphore semaphore{std::nullopt, crex::O_CREX, {.initial_value = 1}};
    sysv::SemaphoreSet set{std::nullopt, crex::O_CREX, {.size = 2}};
    sysv::SharedMemory memory{std::nullopt, crex::O_CREX, {.size = 4096}};
    sysv::MessageQueue queue{std::nullopt, crex::O_CREX};
    semaphore.acquire(1s);
    set.operate({{.number = 1, .amount = 2}});
    memory.attach().bytes()[0] = std::byte{1};
    queue.send("text", 1s, 3);
    require(!semaphore.try_acquire_for(1ms) && set.value(1) == 2, "System V's semaphores");
    require(queue.receive(1s, 3).body == "text", "System V's queues");
    const auto inventory = crex::list_objects();
    require(std::ranges::any_of(inventory.objects,
                                [&](const crex::Object& object) {
                                    return object.kind == crex::ObjectKind::sysv_shared_memory &&
                                           object.id.inode == static_cast<unsigned>(memory.id());
                                }),
            "the inventory has System V's memory");
    semaphore.remove();
    set.remove();
    memory.remove();
    queue.remove();
}

} // namespace

int main() {
    use_semaphore();
    use_shared_memory();
    for (const auto backend : {crex::Backend::boost, crex::Backend::posix, crex::Backend::robust}) {
        use_queue(backend);
    }
    use_ring();
    use_robust_semaphore();
    use_system_v();
    require(crex::describe_process(getpid()).has_value(), "a process has details");
}
