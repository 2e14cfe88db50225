// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "python/python.hpp"

namespace crex::python {

// The views of bytes that will go away: a loan's, a lease's, a reserved record's, a mapping's.
//
// A memoryview that view() made is released with the bytes. If there is another one, or a part of
// one, or an array of numpy, then the bytes must stay: end() raises BufferError, as bytearray does.
class Exports {
public:
    Exports() = default;
    Exports(const Exports&) = delete;
    Exports& operator=(const Exports&) = delete;
    ~Exports();

    // For bf_getbuffer and bf_releasebuffer.
    int fill(PyObject* exporter, Py_buffer* view, std::span<const std::byte> bytes, bool read_only,
             int flags);
    void release() { --count_; }

    // A memoryview of `exporter`, whose buffer functions use this object.
    PyObject* view(PyObject* exporter);

    // Returns false with BufferError set when there is still a view.
    bool end();

    // Counts the calls of end(): bytes of an earlier generation must not be shown.
    [[nodiscard]] unsigned long generation() const { return generation_; }

private:
    void forget_dead_views();

    Py_ssize_t count_ = 0;
    unsigned long generation_ = 0;
    std::vector<PyObject*> views_; // weak references to memoryviews
};

// An object that gives a part of another one's bytes by the buffer protocol, as memoryviews need.
// It keeps `owner`, which has `exports`, alive.
struct Window {
    PyObject* owner = nullptr;
    Exports* exports = nullptr;
    unsigned long generation = 0;
    std::span<const std::byte> bytes;
    bool read_only = true;

    Window() = default;
    ~Window() { Py_XDECREF(owner); }
    Window(const Window&) = delete;
    Window& operator=(const Window&) = delete;
};

// A memoryview of `bytes`, through a window.
PyObject* view_of(PyObject* owner, Exports& exports, std::span<const std::byte> bytes,
                  bool read_only);

} // namespace crex::python
