// SPDX-License-Identifier: BSL-1.0
#include <array>
#include <charconv>
#include <limits>

#include <crex/crex.hpp>

#include "invocation.hpp"
#include "objects/naming.hpp"
#include "objects/server.hpp"
#include "objects/target.hpp"
#include "text/size.hpp"

namespace cli {
namespace {

using crex::Backend;
using crex::ObjectKind;

unsigned small_number(const Invocation& given, const std::string& option, unsigned otherwise) {
    const unsigned long number = given.number(option).value_or(otherwise);
    if (number > std::numeric_limits<unsigned>::max()) {
        throw UsageError{"--" + option + ": that is too much"};
    }
    return static_cast<unsigned>(number);
}

int flags_of(const Invocation& given) {
    return given.has("if-missing") ? crex::o_creat : crex::O_CREX;
}

Backend backend_of(const Invocation& given, Backend otherwise) {
    const auto word = given.value("backend");
    return word ? backend_called(*word) : otherwise;
}

void make_posix_semaphore(const Invocation& given, const std::string& name) {
    if (given.has("anybody")) {
        throw UsageError{"--anybody is for robust semaphores; anybody may release others"};
    }
    crex::Semaphore{name,
                    flags_of(given),
                    {.mode = mode_of(given), .initial_value = small_number(given, "value", 0)}};
}

void make_robust_semaphore(const Invocation& given, const std::string& name) {
    using crex::Release;
    crex::RobustSemaphore{
        name,
        flags_of(given),
        {.mode = mode_of(given),
         .initial_value = small_number(given, "value", 1),
         .release = given.has("anybody") ? Release::by_anyone : Release::by_holders,
         .at = server_of(given)}};
}

// A server has crex's own semaphores alone.
Backend usual_semaphore(const Invocation& given) {
    return given.has("at") ? Backend::robust : Backend::posix;
}

void make_semaphore(const Invocation& given, const std::string& name) {
    switch (backend_of(given, usual_semaphore(given))) {
    case Backend::posix:
        return make_posix_semaphore(given, name);
    case Backend::robust:
        return make_robust_semaphore(given, name);
    case Backend::boost:
    case Backend::remote:
        throw UsageError{"--backend: a semaphore is robust or posix"};
    }
}

void make_memory(const Invocation& given, const std::string& name) {
    const auto size = size_of(given, "size");
    if (size.value_or(0) == 0) {
        throw UsageError{"how long? say --size"};
    }
    try {
        crex::SharedMemory{name,
                           crex::O_CREX, // with o_creat, an existing one would get that size
                           {.mode = mode_of(given), .size = *size, .sparse = given.has("sparse")}};
    } catch (const crex::ExistentialError&) {
        if (!given.has("if-missing")) {
            throw;
        }
    }
}

void make_queue(const Invocation& given, const std::string& name) {
    const auto dead_letter = given.value("dead-letter");
    const auto attempts = small_number(given, "max-attempts", 0);
    crex::MessageQueue{
        name,
        flags_of(given),
        {.mode = mode_of(given),
         .max_messages = size_of(given, "max-messages").value_or(crex::queue_messages_max_default),
         .max_message_size =
             size_of(given, "max-size").value_or(crex::queue_message_size_max_default),
         .backend = backend_of(given, Backend::robust),
         .max_attempts = attempts,
         .dead_letter = dead_letter ? with_slash(*dead_letter) : std::string{},
         .sparse = given.has("sparse"),
         .at = server_of(given)}};
}

void make_ring(const Invocation& given, const std::string& name) {
    crex::Ring{name,
               flags_of(given),
               {.mode = mode_of(given),
                .capacity = size_of(given, "capacity").value_or(crex::ring_capacity_default),
                .sparse = given.has("sparse")}};
}

// The kind of object that is made, which its name may begin with, as in "crex-mq:/name".
ObjectKind kind_made(const Invocation& given) {
    const std::string& word = given.arguments().front();
    if (word == "mq") {
        return kind_of(backend_of(given, Backend::robust));
    }
    return word == "shm"    ? ObjectKind::shared_memory
           : word == "ring" ? ObjectKind::ring
           : backend_of(given, usual_semaphore(given)) == Backend::robust
               ? ObjectKind::robust_semaphore
               : ObjectKind::semaphore;
}

struct Maker {
    const char* word;
    void (*make)(const Invocation&, const std::string& name);
    std::vector<std::string> options; // the options that not every kind has
};

const std::vector<Maker>& makers() {
    static const std::vector<Maker> all{
        {"sem", make_semaphore, {"value", "backend", "anybody", "at"}},
        {"shm", make_memory, {"size", "sparse"}},
        {"mq",
         make_queue,
         {"at", "backend", "max-messages", "max-size", "max-attempts", "dead-letter", "sparse"}},
        {"ring", make_ring, {"capacity", "sparse"}},
    };
    return all;
}

bool knows(const Maker& maker, const std::string& option) {
    return std::find(maker.options.begin(), maker.options.end(), option) != maker.options.end();
}

void expect_own_options(const Invocation& given, const Maker& maker) {
    for (const Maker& each : makers()) {
        for (const std::string& option : each.options) {
            if (given.has(option) && !knows(maker, option)) {
                throw UsageError{"--" + option + " is not for " + maker.word};
            }
        }
    }
}

ExitStatus run_create(const Invocation& given) {
    const std::string& word = given.arguments().front();
    for (const Maker& maker : makers()) {
        if (maker.word == word) {
            expect_own_options(given, maker);
            maker.make(given, name_of(given.arguments().back(), kind_made(given)));
            return fine;
        }
    }
    throw UsageError{"\"" + word + "\" is none of sem, shm, mq and ring"};
}

} // namespace

extern const Verb create{
    .name = "create",
    .arguments = "sem|shm|mq|ring NAME",
    .at_least = 2,
    .at_most = 2,
    .summary = "make a semaphore, shared memory, a queue or a ring",
    .description =
        R"(Makes an object under that name: complete, or not at all. If the name is taken, that is
an error (exit status 73), unless --if-missing is given: then the existing object is left as it is.

A semaphore is one of sem_open(3), or a robust one, whose permits come back when their holder dies.
A queue is robust, the kernel's (posix) or Boost's. Memory needs a size.

A size may be given as 4096, 64K, 1M or 2G, or as in truncate(1): 1KiB is 1K, 1024 bytes; 1KB is
1000.)",
    .options =
        {{"if-missing", nullptr, "leave an existing object as it is"},
         at_option,
         {"mode,m", "MODE", "its permissions, as in chmod(1); 600, unless given"},
         {"backend,b", "BACKEND",
          "robust, posix or, for mq, boost; posix for sem and robust for mq, unless given"},
         {"value", "N", "sem: how many permits; 0, or 1 for a robust one, unless given"},
         {"anybody", nullptr, "sem, robust: a process without a permit may release one, too"},
         {"size,s", "SIZE", "shm: how many bytes"},
         {"max-messages", "N", "mq: how many messages it holds; 10, unless given"},
         {"max-size", "SIZE", "mq: how long a message may be; 8K, unless given"},
         {"max-attempts", "N",
          "mq, robust: how often a message is delivered before it goes to --dead-letter"},
         {"dead-letter", "NAME",
          "mq, robust: the queue for messages that were delivered --max-attempts times; it is "
          "made along with this one if it does not exist"},
         {"capacity", "SIZE", "ring: how many bytes it holds; 1M, unless given"},
         {"sparse", nullptr, "shm, mq, ring: do not reserve the memory"}},
    .more = {{"EXAMPLES", " crex create sem turn --value 1\n"
                          " crex create shm buffer --size 64K\n"
                          " crex create mq jobs --max-messages 1000 --max-size 200\n"
                          " crex create mq kernel --backend posix"}},
    .completes = Completes::nothing,
    .run = run_create,
};

} // namespace cli
