// SPDX-License-Identifier: BSL-1.0
#include <crex/shared_memory.hpp>

#include <optional>

#include "python/exports.hpp"
#include "python/handle.hpp"
#include "python/types.hpp"

namespace crex::python {
namespace {

// A mapping, until it is closed. It does not need the handle.
struct Mapped {
    std::string name;
    std::optional<Mapping> mapping;
    Exports exports;
};

std::span<const std::byte> bytes_of(const Mapping& mapping) { return mapping.bytes(); }

Mapping* mapped(PyObject* self, const char* function) {
    auto& body = body_of<Mapped>(self);
    if (!body.mapping) {
        raise_closed({function, body.name});
        return nullptr;
    }
    return &*body.mapping;
}

int get_buffer(PyObject* self, Py_buffer* view, int flags) {
    Mapping* const mapping = mapped(self, "Mapping");
    if (mapping == nullptr) {
        view->obj = nullptr;
        return -1;
    }
    return body_of<Mapped>(self).exports.fill(self, view, bytes_of(*mapping), mapping->read_only(),
                                              flags);
}
void release_buffer(PyObject* self, Py_buffer*) { body_of<Mapped>(self).exports.release(); }

Py_ssize_t length(PyObject* self) {
    const auto& mapping = body_of<Mapped>(self).mapping;
    return mapping ? static_cast<Py_ssize_t>(mapping->size()) : 0;
}

PyObject* get_data(PyObject* self, void*) { return body_of<Mapped>(self).exports.view(self); }

PyObject* close_mapping(PyObject* self, PyObject*) {
    auto& body = body_of<Mapped>(self);
    if (!body.exports.end()) {
        return nullptr;
    }
    body.mapping.reset();
    return none();
}

PyMethodDef mapping_methods[] = {
    {"close", close_mapping, METH_NOARGS,
     "close($self, /)\n--\n\nUnmap the bytes. BufferError while there is a view of them."},
    {"__enter__", enter, METH_NOARGS, nullptr},
    {"__exit__", close_mapping, METH_VARARGS, "Close."},
    {nullptr, nullptr, 0, nullptr}};

PyGetSetDef mapping_members[] = {
    {"data", get_data, nullptr, "A memoryview of the bytes, released by close().", nullptr},
    {nullptr, nullptr, nullptr, nullptr, nullptr}};

std::vector<PyType_Slot> mapping_slots =
    slots_of<Mapped>("Bytes of a SharedMemory in this process, by the buffer protocol.", nullptr,
                     mapping_methods, mapping_members,
                     {{Py_sq_length, slot(length)},
                      {Py_bf_getbuffer, slot(get_buffer)},
                      {Py_bf_releasebuffer, slot(release_buffer)}});

using Body = Handle<SharedMemory>;

int init(PyObject* self, PyObject* args, PyObject* kwargs) {
    static const char* const names[] = {"name",   "flags", "mode",  "size", "read_only",
                                        "sparse", "owner", "group", nullptr};
    NameArgument name;
    int flags = 0;
    int read_only = 0;
    int sparse = 0;
    SharedMemoryOptions options;
    if (PyArg_ParseTupleAndKeywords(args, kwargs, "O&|O&O&O&p$pO&O&:SharedMemory", keywords(names),
                                    to_name, &name, to_flags, &flags, to_unsigned, &options.mode,
                                    to_size, &options.size, &read_only, &sparse,
                                    to_optional_unsigned, &options.owner, to_optional_unsigned,
                                    &options.group) == 0) {
        return -1;
    }
    options.read_only = read_only != 0;
    options.sparse = sparse != 0;
    return open_handle<SharedMemory>(self, "SharedMemory", name, flags, options);
}

PyObject* map(PyObject* self, PyObject* args, PyObject* kwargs) {
    static const char* const names[] = {"offset", "length", "read_only", "populate", nullptr};
    MapOptions options;
    int read_only = 0;
    int populate = 0;
    if (PyArg_ParseTupleAndKeywords(args, kwargs, "|O&O&pp:map", keywords(names), to_size,
                                    &options.offset, to_size, &options.length, &read_only,
                                    &populate) == 0) {
        return nullptr;
    }
    options.read_only = read_only != 0;
    options.populate = populate != 0;
    Ref mapping{allocate<Mapped>(types.mapping)};
    if (!mapping) {
        return nullptr;
    }
    auto& body = body_of<Mapped>(mapping.get());
    body.name = body_of<Body>(self).name;
    const Ref done{call<SharedMemory>(self, "SharedMemory.map", [&](SharedMemory& memory) {
        body.mapping.emplace(memory.map(options));
    })};
    return done ? mapping.release() : nullptr;
}

PyObject* release_fd(PyObject* self, PyObject*) {
    const auto memory = opened<SharedMemory>(self, "SharedMemory.release_fd");
    return memory ? PyLong_FromLong(memory->release_fd()) : nullptr;
}

PyObject* get_fd(PyObject* self, void*) {
    const auto& memory = body_of<Body>(self).object;
    return PyLong_FromLong(memory ? memory->fd() : -1);
}
PyObject* fileno(PyObject* self, PyObject*) {
    const auto memory = opened<SharedMemory>(self, "SharedMemory.fileno");
    return memory ? PyLong_FromLong(memory->fd()) : nullptr;
}

PyObject* unlink(PyObject* self, PyObject*) {
    return unlink_by_name("SharedMemory.unlink", body_of<Body>(self).name, unlink_shared_memory);
}

PyMethodDef methods[] = {
    {"map", method(map), METH_VARARGS | METH_KEYWORDS,
     "map($self, /, offset=0, length=0, read_only=False, populate=False)\n--\n\n"
     "Return a Mapping of all bytes, or of a part. It does not need this handle any more."},
    {"close_fd", close_handle<SharedMemory>, METH_NOARGS,
     "close_fd($self, /)\n--\n\nClose the descriptor. Mappings stay."},
    {"close", close_handle<SharedMemory>, METH_NOARGS, "close($self, /)\n--\n\nLike close_fd()."},
    {"release_fd", release_fd, METH_NOARGS,
     "release_fd($self, /)\n--\n\nGive the descriptor to the caller, which must close it."},
    {"fileno", fileno, METH_NOARGS, "fileno($self, /)\n--\n\nThe descriptor."},
    {"unlink", unlink, METH_NOARGS, "unlink($self, /)\n--\n\nRemove the name."},
    {"__enter__", enter, METH_NOARGS, nullptr},
    {"__exit__", exit_by_closing<SharedMemory>, METH_VARARGS, "Close the descriptor."},
    {nullptr, nullptr, 0, nullptr}};

std::vector<PyGetSetDef> members = handle_members<SharedMemory>(
    "SharedMemory.is_linked",
    {{"fd", get_fd, nullptr, "The descriptor, which belongs to this handle; -1 once closed.",
      nullptr},
     property<SharedMemory, &SharedMemory::size>("SharedMemory.size", "The size now, in bytes.")});

std::vector<PyType_Slot> slots = slots_of<Body>(
    "SharedMemory(name, flags=0, mode=0o600, size=0, read_only=False, *, sparse=False, "
    "owner=None, group=None)\n--\n\n"
    "POSIX shared memory, which C programs share. Its bytes are those of map(), or of "
    "mmap.mmap(memory.fd, memory.size).",
    init, methods, members.data());

} // namespace

PyType_Spec mapping_spec{"crex.Mapping", sizeof(Object<Mapped>), 0,
                         Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
                         mapping_slots.data()};
PyType_Spec shared_memory_spec{"crex.SharedMemory", sizeof(Object<Body>), 0,
                               Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE, slots.data()};

} // namespace crex::python
