// SPDX-License-Identifier: BSL-1.0
#include "python/notification.hpp"

#include <atomic>
#include <chrono>
#include <memory>
#include <thread>
#include <utility>

#include <pthread.h>

#include "python/waiting.hpp"

// A notification comes in a thread of the library's, which knows nothing of Python. It may come
// when the interpreter is being finalised, and after that: then the GIL does not exist any more. So
// it is counted from before it looks at `ending` until it has the GIL; a function that atexit calls
// sets `ending` and then waits, without the GIL, until none is on its way. A thread that has the
// GIL is as any thread of Python's: when it asks for the GIL too late, it is parked.

namespace crex::python {
namespace {

std::atomic<bool> ending{false};
std::atomic<int> on_their_way{0};

// A forked child has none of the threads that are counted.
void forget_threads() { on_their_way = 0; }

// Counts this thread as long as it has not got the GIL, or knows that it must not ask for it.
class OnItsWay {
public:
    OnItsWay() { ++on_their_way; }
    ~OnItsWay() { arrive(); }
    OnItsWay(const OnItsWay&) = delete;
    OnItsWay& operator=(const OnItsWay&) = delete;
    void arrive() { on_their_way -= std::exchange(counted_, 0); }

private:
    int counted_ = 1;
};

// Calls `function` with the GIL, unless the interpreter is about to end.
template <class Function> void with_gil(Function function) {
    OnItsWay me;
    if (ending) {
        return;
    }
    try {
        const PyGILState_STATE state = PyGILState_Ensure();
        me.arrive();
        function();
        PyGILState_Release(state);
    } catch (...) { // only of pthread_exit(3)
        me.arrive();
        park();
    }
}

struct Callback {
    PyObject* function;
    PyObject* parameter;

    Callback(PyObject* f, PyObject* p)
        : function{new_ref(f).release()}, parameter{new_ref(p).release()} {}
    Callback(const Callback&) = delete;
    Callback& operator=(const Callback&) = delete;
    ~Callback() {
        with_gil([this] {
            Py_DECREF(function);
            Py_DECREF(parameter);
        });
    }

    void operator()() const {
        with_gil([this] {
            const Ref result{PyObject_CallFunctionObjArgs(function, parameter, nullptr)};
            if (!result) {
                PyErr_WriteUnraisable(function);
            }
        });
    }
};

PyObject* end_notifications(PyObject*, PyObject*) {
    ending = true;
    const auto none_is_on_its_way = [] {
        while (on_their_way != 0) {
            std::this_thread::sleep_for(std::chrono::milliseconds{1});
        }
    };
    without_gil(none_is_on_its_way);
    return none();
}

PyMethodDef end_method{"_end_notifications", end_notifications, METH_NOARGS, nullptr};

} // namespace

std::function<void()> notification(PyObject* function, PyObject* parameter) {
    return [callback = std::make_shared<Callback>(function, parameter)] { (*callback)(); };
}

bool end_notifications_at_exit(PyObject* module) {
    static const int registered = pthread_atfork(nullptr, nullptr, forget_threads);
    const Ref atexit{PyImport_ImportModule("atexit")};
    const Ref end{PyCFunction_NewEx(&end_method, module, nullptr)};
    if (registered != 0 || !atexit || !end) {
        return false;
    }
    return Ref{PyObject_CallMethod(atexit.get(), "register", "O", end.get())} != nullptr;
}

} // namespace crex::python
