// SPDX-License-Identifier: BSL-1.0
#include "python/exports.hpp"

#include <algorithm>

#include "python/types.hpp"

namespace crex::python {
namespace {

// An empty span may have a null pointer, which a buffer must not have.
std::byte nothing{};

} // namespace

Exports::~Exports() {
    for (PyObject* view : views_) {
        Py_DECREF(view);
    }
}

int Exports::fill(PyObject* exporter, Py_buffer* view, std::span<const std::byte> bytes,
                  bool read_only, int flags) {
    void* const data = bytes.empty() ? &nothing : const_cast<std::byte*>(bytes.data());
    const int result = PyBuffer_FillInfo(
        view, exporter, data, static_cast<Py_ssize_t>(bytes.size()), read_only ? 1 : 0, flags);
    count_ += result == 0 ? 1 : 0;
    return result;
}

PyObject* Exports::view(PyObject* exporter) {
    forget_dead_views();
    Ref view{PyMemoryView_FromObject(exporter)};
    PyObject* const weak = view ? PyWeakref_NewRef(view.get(), nullptr) : nullptr;
    if (weak == nullptr) {
        return nullptr;
    }
    views_.push_back(weak);
    return view.release();
}

bool Exports::end() {
    forget_dead_views();
    for (PyObject* weak : views_) {
        const Ref view = new_ref(PyWeakref_GetObject(weak));
        const Ref released{PyObject_CallMethod(view.get(), "release", nullptr)};
        if (!released) {
            return false;
        }
    }
    if (count_ == 0) {
        ++generation_;
        return true;
    }
    PyErr_SetString(PyExc_BufferError, "the bytes are still in use: a memoryview, a part of one or "
                                       "an array refers to them");
    return false;
}

void Exports::forget_dead_views() {
    const auto is_dead = [](PyObject* weak) {
        const bool dead = PyWeakref_GetObject(weak) == Py_None;
        if (dead) {
            Py_DECREF(weak);
        }
        return dead;
    };
    views_.erase(std::remove_if(views_.begin(), views_.end(), is_dead), views_.end());
}

PyObject* view_of(PyObject* owner, Exports& exports, std::span<const std::byte> bytes,
                  bool read_only) {
    const Ref window{allocate<Window>(types.window)};
    if (!window) {
        return nullptr;
    }
    auto& body = body_of<Window>(window.get());
    body.owner = new_ref(owner).release();
    body.exports = &exports;
    body.generation = exports.generation();
    body.bytes = bytes;
    body.read_only = read_only;
    return exports.view(window.get());
}

namespace {

int get_buffer(PyObject* self, Py_buffer* view, int flags) {
    Window& window = body_of<Window>(self);
    if (window.generation != window.exports->generation()) {
        view->obj = nullptr;
        PyErr_SetString(PyExc_BufferError, "the bytes are not there any more");
        return -1;
    }
    return window.exports->fill(self, view, window.bytes, window.read_only, flags);
}
void release_buffer(PyObject* self, Py_buffer*) { body_of<Window>(self).exports->release(); }

PyType_Slot slots[] = {{Py_tp_dealloc, slot(destroy<Window>)},
                       {Py_bf_getbuffer, slot(get_buffer)},
                       {Py_bf_releasebuffer, slot(release_buffer)},
                       {0, nullptr}};

} // namespace

PyType_Spec window_spec{"crex._Window", sizeof(Object<Window>), 0,
                        Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION, slots};

} // namespace crex::python
