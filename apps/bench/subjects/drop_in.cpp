// SPDX-License-Identifier: BSL-1.0

// libcrex-mqueue.so, crex's own <mqueue.h>. It is loaded as a program would load it, but beside the
// C library's functions and not in place of them.

#include <stdexcept>
#include <string>

#include <dlfcn.h>

#include "subjects/measure_any.hpp"
#include "subjects/posix_queue.hpp"

namespace bench {

namespace {

template <class Function> void look_up(void* library, const char* name, Function& function) {
    function = reinterpret_cast<Function>(dlsym(library, name));
    if (function == nullptr) {
        throw std::runtime_error{dlerror()};
    }
}

MqueueCalls load() {
    void* const library = dlopen(CREX_MQUEUE_LIBRARY, RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) {
        throw std::runtime_error{dlerror()};
    }
    MqueueCalls calls{};
    look_up(library, "mq_open", calls.open);
    look_up(library, "mq_close", calls.close);
    look_up(library, "mq_unlink", calls.unlink);
    look_up(library, "mq_send", calls.send);
    look_up(library, "mq_receive", calls.receive);
    return calls;
}

const MqueueCalls& calls() {
    static const MqueueCalls loaded = load();
    return loaded;
}

class DropIn : public PosixQueue {
public:
    static constexpr std::string_view waiting = waits::adaptively;

    static Shape create(const std::string& object, Shape shape) {
        return PosixQueue::create(calls(), object, shape);
    }

    static void remove(const std::string& object) noexcept { calls().unlink(object.c_str()); }

    DropIn(const std::string& object, End) : PosixQueue{calls(), object} {}
};

const OptionalSubjects rows{
    subject<DropIn>("queue", "crex drop-in"),
    subject<DropIn>("curve", "crex drop-in"),
};

} // namespace

} // namespace bench
