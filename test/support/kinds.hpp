// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <functional>
#include <string>
#include <tuple>
#include <vector>

#include <crex/crex.hpp>

// The named classes behind one interface, so that one suite can test all of them.

namespace test {

/// Where the objects of a kind are kept: on this machine.
struct ThisMachine {
    static crex::Server* server() { return nullptr; }
};

/// Calls on a handle that must fail once the handle is closed.
template <class Handle> using Calls = std::vector<std::function<void(Handle&)>>;

/// Both kinds of semaphore.
template <class Semaphore> struct SemaphoresOf {
    using Handle = Semaphore;

    static void close(Handle& handle) { handle.close(); }

    // Leaves a trace in the object, and finds it again.
    static void mark(Handle& handle) { handle.release(41); }
    static bool is_marked(Handle& handle) { return handle.value() == 42; }

    static Calls<Handle> calls() {
        return {[](Handle& s) { s.acquire(); },
                [](Handle& s) { s.acquire(crex::do_not_wait); },
                [](Handle& s) { (void)s.try_acquire(); },
                [](Handle& s) { (void)s.try_acquire_for(crex::do_not_wait); },
                [](Handle& s) { s.release(); },
                [](Handle& s) { s.release(2); },
                [](Handle& s) { (void)s.value(); },
                [](Handle& s) { (void)s.id(); },
                [](Handle& s) { (void)s.is_linked(); },
                [](Handle& s) { (void)s.ready_fd(); },
                [](Handle& s) { s.lock(); },
                [](Handle& s) { (void)s.try_lock_for(crex::do_not_wait); }};
    }
};

struct Semaphores : SemaphoresOf<crex::Semaphore> {
    static constexpr const char* type = "Semaphore";
    static inline const std::string prefix = ""; // of a helper program's verbs
    static constexpr std::size_t name_max = crex::semaphore_name_max;

    static Handle open(crex::Name name, int flags = 0, unsigned mode = 0600) {
        return Handle{name, flags, {.mode = mode, .initial_value = 1}};
    }
    static Handle create(crex::Name name, unsigned value, int flags = crex::O_CREX) {
        return Handle{name, flags, {.initial_value = value}};
    }
    static std::optional<Handle> try_open(crex::Name name, int flags = 0) {
        return Handle::try_open(name, flags, {.initial_value = 1});
    }
    static void unlink(std::string_view name) { crex::unlink_semaphore(name); }
    static auto inspect(std::string_view name) { return crex::inspect_semaphore(name); }
    static std::string path(const std::string& name) { return "/dev/shm/sem." + name.substr(1); }
};

template <class Home> struct RobustSemaphoresAt : SemaphoresOf<crex::RobustSemaphore> {
    static crex::Server* server() { return Home::server(); }
    static constexpr const char* type = "RobustSemaphore";
    static inline const std::string prefix = "robust-"; // of a helper program's verbs
    static constexpr std::size_t name_max = crex::robust_semaphore_name_max;

    static Handle open(crex::Name name, int flags = 0, unsigned mode = 0600) {
        return Handle{
            name, flags, {.mode = mode, .release = crex::Release::by_anyone, .at = server()}};
    }
    static Handle create(crex::Name name, unsigned value, int flags = crex::O_CREX) {
        return Handle{
            name,
            flags,
            {.initial_value = value, .release = crex::Release::by_anyone, .at = server()}};
    }
    static std::optional<Handle> try_open(crex::Name name, int flags = 0) {
        return Handle::try_open(name, flags, {.release = crex::Release::by_anyone, .at = server()});
    }
    static void unlink(std::string_view name) {
        server() ? crex::unlink_robust_semaphore(name, *server())
                 : crex::unlink_robust_semaphore(name);
    }
    static auto inspect(std::string_view name) {
        return server() ? crex::inspect_robust_semaphore(name, *server())
                        : crex::inspect_robust_semaphore(name);
    }
    static std::string path(const std::string& name) {
        return std::string{"/dev/shm/crex-sem."}.append(name, 1);
    }
};
using RobustSemaphores = RobustSemaphoresAt<ThisMachine>;

struct SharedMemories {
    using Handle = crex::SharedMemory;
    static constexpr const char* type = "SharedMemory";
    static constexpr std::size_t name_max = crex::shared_memory_name_max;

    static Handle open(crex::Name name, int flags = 0, unsigned mode = 0600) {
        return Handle{name, flags, {.mode = mode, .size = (flags & crex::o_creat) ? 64U : 0U}};
    }
    static std::optional<Handle> try_open(crex::Name name, int flags = 0) {
        return Handle::try_open(name, flags, {.size = (flags & crex::o_creat) ? 64U : 0U});
    }
    static void unlink(std::string_view name) { crex::unlink_shared_memory(name); }
    static void close(Handle& handle) { handle.close_fd(); }
    static auto inspect(std::string_view name) { return crex::inspect_shared_memory(name); }
    static std::string path(const std::string& name) { return "/dev/shm" + name; }

    static void mark(Handle& handle) { handle.map().bytes()[0] = std::byte{42}; }
    static bool is_marked(Handle& handle) { return handle.map().bytes()[0] == std::byte{42}; }

    static Calls<Handle> calls() {
        return {[](Handle& m) { (void)m.map(); }, [](Handle& m) { (void)m.size(); },
                [](Handle& m) { (void)m.id(); }, [](Handle& m) { (void)m.is_linked(); }};
    }
};

template <crex::Backend which, class Home = ThisMachine> struct Queues {
    static crex::Server* server() { return Home::server(); }
    using Handle = crex::MessageQueue;
    static constexpr crex::Backend backend = which;
    static constexpr const char* type = "MessageQueue";
    static constexpr std::size_t name_max = crex::message_queue_name_max;

    static Handle open(crex::Name name, int flags = 0, unsigned mode = 0600) {
        return Handle{
            name, flags, {.mode = mode, .max_messages = 4, .backend = backend, .at = server()}};
    }
    static std::optional<Handle> try_open(crex::Name name, int flags = 0) {
        return Handle::try_open(name, flags,
                                {.max_messages = 4, .backend = backend, .at = server()});
    }
    static void unlink(std::string_view name) {
        server() ? crex::unlink_message_queue(name, *server())
                 : crex::unlink_message_queue(name, backend);
    }
    static void close(Handle& handle) { handle.close(); }
    static auto inspect(std::string_view name) {
        return server() ? crex::inspect_message_queue(name, *server())
                        : crex::inspect_message_queue(name, backend);
    }

    static void mark(Handle& handle) { handle.send("mark"); }
    static bool is_marked(Handle& handle) { return handle.current_messages() == 1; }

    static Calls<Handle> calls() {
        return {[](Handle& q) { q.send("x"); },
                [](Handle& q) { (void)q.try_send("x"); },
                [](Handle& q) { (void)q.receive(); },
                [](Handle& q) { (void)q.try_receive(); },
                [](Handle& q) { q.send_many(std::vector<std::string_view>{"x"}); },
                [](Handle& q) { (void)q.receive_many(1); },
                [](Handle& q) { (void)q.receive_many_into({}, {}); },
                [](Handle& q) { (void)q.loan(1); },
                [](Handle& q) { (void)q.try_loan(1); },
                [](Handle& q) { (void)q.lease(); },
                [](Handle& q) { (void)q.try_lease(); },
                [](Handle& q) { (void)q.peek(); },
                [](Handle& q) { (void)q.stats(); },
                [](Handle& q) { q.shutdown(); },
                [](Handle& q) { (void)q.is_shut_down(); },
                [](Handle& q) { q.repair(); },
                [](Handle& q) { (void)q.max_messages(); },
                [](Handle& q) { (void)q.max_message_size(); },
                [](Handle& q) { (void)q.current_messages(); },
                [](Handle& q) { (void)q.id(); },
                [](Handle& q) { (void)q.is_linked(); },
                [](Handle& q) { (void)q.ready_fd(); },
                [](Handle& q) { q.request_notification(crex::Signal{10}); },
                [](Handle& q) { q.request_notification([] {}); },
                [](Handle& q) { q.request_notification(); },
                [](Handle& q) { (void)q.block(); },
                [](Handle& q) { q.block(false); },
                [](Handle& q) { (void)q.backend(); }};
    }
};

struct BoostQueues : Queues<crex::Backend::boost> {
    static std::string path(const std::string& name) { return "/dev/shm" + name; }
};
struct PosixQueues : Queues<crex::Backend::posix> {};
struct RobustQueues : Queues<crex::Backend::robust> {
    static constexpr std::size_t name_max = crex::robust_message_queue_name_max;

    static std::string path(const std::string& name) {
        return "/dev/shm/crex-mq." + name.substr(1);
    }
};

struct Rings {
    using Handle = crex::Ring;
    static constexpr const char* type = "Ring";
    static constexpr std::size_t name_max = crex::ring_name_max;

    static Handle open(crex::Name name, int flags = 0, unsigned mode = 0600) {
        return Handle{name, flags, {.mode = mode, .capacity = 4096}};
    }
    static std::optional<Handle> try_open(crex::Name name, int flags = 0) {
        return Handle::try_open(name, flags, {.capacity = 4096});
    }
    static void unlink(std::string_view name) { crex::unlink_ring(name); }
    static void close(Handle& handle) { handle.close(); }
    static auto inspect(std::string_view name) { return crex::inspect_ring(name); }
    static std::string path(const std::string& name) {
        return "/dev/shm/crex-ring." + name.substr(1);
    }

    static void mark(Handle& handle) { handle.producer().send("mark"); }
    static bool is_marked(Handle& handle) { return handle.current_records() == 1; }

    static Calls<Handle> calls() {
        return {[](Handle& r) { (void)r.producer(); },
                [](Handle& r) { (void)r.consumer(); },
                [](Handle& r) { (void)r.try_producer(); },
                [](Handle& r) { (void)r.try_consumer(); },
                [](Handle& r) { (void)r.has_producer(); },
                [](Handle& r) { (void)r.has_consumer(); },
                [](Handle& r) { (void)r.id(); },
                [](Handle& r) { (void)r.is_linked(); },
                [](Handle& r) { r.shutdown(); },
                [](Handle& r) { (void)r.is_shut_down(); },
                [](Handle& r) { (void)r.capacity(); },
                [](Handle& r) { (void)r.max_records(); },
                [](Handle& r) { (void)r.current_records(); }};
    }
};

/// Removes the name, if it still exists, when a test ends, however it ends.
template <class Kind> class Removed {
public:
    explicit Removed(std::string name) : name_{std::move(name)} {}
    ~Removed() {
        try {
            Kind::unlink(name_);
        } catch (const crex::ExistentialError&) {
        }
    }
    Removed(const Removed&) = delete;
    Removed& operator=(const Removed&) = delete;

private:
    std::string name_;
};

} // namespace test

// Of this machine, or of a server: the suites are built once for each.
#include <kinds_under_test.hpp>
