// SPDX-License-Identifier: BSL-1.0
#include <crex/sysv/shared_memory.hpp>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

#include <sys/shm.h>

#include <crex/error.hpp>
#include <crex/limits.hpp>

#include "python/sysv/object.hpp"
#include "python/sysv/types.hpp"
#include "python/waiting.hpp"

namespace crex::python::sysv_ipc {
namespace {

// The bytes, as long as the object or a memoryview needs them.
using Attached = std::shared_ptr<const sysv::Attachment>;

// As in sysv_ipc, memory stays attached until detach(), also when its Python object is gone:
// programs use its address.
void keep_forever(Attached attachment) { new Attached{std::move(attachment)}; }

struct Body {
    static constexpr const char* type_name = "SharedMemory";
    std::optional<sysv::SharedMemory> object;
    Attached attachment; // null while it is detached
    bool read_only = false;

    Body() = default;
    ~Body() { keep_attached(); }
    Body(const Body&) = delete;
    Body& operator=(const Body&) = delete;

    void keep_attached() {
        if (attachment) {
            keep_forever(std::move(attachment));
        }
    }
};

// Attaches the memory, without the GIL. Returns false with a Python error set.
bool attach_memory(Body& body, const char* function, const sysv::AttachOptions& options) {
    const sysv::SharedMemory memory = *body.object;
    Attached attachment;
    const auto error = without_gil(
        [&] { attachment = std::make_shared<const sysv::Attachment>(memory.attach(options)); });
    if (error) {
        const std::string text = description_of(memory);
        raise({function, text, true}, error);
        return false;
    }
    body.keep_attached();
    body.read_only = attachment->read_only();
    body.attachment = std::move(attachment);
    return true;
}

// Returns the flags of AttachOptions, or nothing with ValueError set. Without an address, SHM_RND
// says nothing.
std::optional<sysv::AttachOptions> options_of(PyObject* address, int flags) {
    sysv::AttachOptions options;
    if (address != Py_None) {
        if (PyLong_Check(address) == 0) {
            PyErr_Format(PyExc_TypeError, "an address must be None or an int, not %R",
                         Py_TYPE(address));
            return std::nullopt;
        }
        options.address = PyLong_AsVoidPtr(address);
        if (PyErr_Occurred() != nullptr) {
            return std::nullopt;
        }
    }
    if ((flags & ~(SHM_RDONLY | SHM_RND | SHM_REMAP)) != 0) {
        PyErr_SetString(PyExc_ValueError, "flags may be SHM_RDONLY, SHM_RND and SHM_REMAP");
        return std::nullopt;
    }
    options.read_only = (flags & SHM_RDONLY) != 0;
    options.round_down = (flags & SHM_RND) != 0 && options.address != nullptr;
    options.replace = (flags & SHM_REMAP) != 0;
    return options;
}

// The arguments of the constructor, beyond those of all classes.
struct Arguments {
    OpeningArguments opening;
    std::size_t size = 0;
    char init_character = ' ';
};

bool parse(PyObject* args, PyObject* kwargs, Arguments& result) {
    static const char* const names[] = {"key", "flags", "mode", "size", "init_character", nullptr};
    OpeningArguments& opening = result.opening;
    return PyArg_ParseTupleAndKeywords(args, kwargs, "O&|iiO&c:SharedMemory", keywords(names),
                                       to_key, &opening.key, &opening.flags, &opening.mode, to_size,
                                       &result.size, &result.init_character) != 0;
}

// As in shmget(2), flags may contain permission bits, which do not count.
std::optional<sysv::SharedMemoryOptions> options_of(const Arguments& arguments) {
    constexpr int known = IPC_CREAT | IPC_EXCL | SHM_HUGETLB | SHM_NORESERVE | 0777;
    const OpeningArguments& opening = arguments.opening;
    if ((opening.flags & ~known) != 0) {
        PyErr_SetString(PyExc_ValueError,
                        "flags may be IPC_CREAT, IPC_EXCL, SHM_HUGETLB and SHM_NORESERVE");
        return std::nullopt;
    }
    sysv::SharedMemoryOptions options;
    options.mode = opening.mode_bits();
    options.size = arguments.size == 0 && opening.is_exclusive() ? page_size() : arguments.size;
    options.read_only = (options.mode & 0200U) == 0;
    options.huge_pages = (opening.flags & SHM_HUGETLB) != 0;
    options.no_reserve = (opening.flags & SHM_NORESERVE) != 0;
    return options;
}

std::byte* writable(const Attached& attachment) {
    return const_cast<std::byte*>(attachment->bytes().data());
}

int init(PyObject* self, PyObject* args, PyObject* kwargs) {
    Arguments arguments;
    if (!parse(args, kwargs, arguments)) {
        return -1;
    }
    const auto flags = arguments.opening.crex_flags();
    const auto options = flags ? options_of(arguments) : std::nullopt;
    const sysv::Key& key = arguments.opening.key;
    const auto open = [&] { return sysv::SharedMemory{key, *flags, *options}; };
    auto& body = body_of<Body>(self);
    if (!options || !open_object<Body>(self, key, open) ||
        !attach_memory(body, "SharedMemory", {})) {
        return -1;
    }
    if (arguments.opening.is_exclusive() && !body.read_only) {
        const Attached attachment = body.attachment;
        (void)without_gil([&] {
            std::memset(writable(attachment), arguments.init_character, attachment->size());
        });
    }
    return 0;
}

PyObject* attach_again(PyObject* self, PyObject* args, PyObject* kwargs) {
    static const char* const names[] = {"address", "flags", nullptr};
    PyObject* address = Py_None;
    int flags = 0;
    if (PyArg_ParseTupleAndKeywords(args, kwargs, "|Oi:attach", keywords(names), &address,
                                    &flags) == 0) {
        return nullptr;
    }
    const auto options = options_of(address, flags);
    Body* const body = options ? opened<Body>(self, "SharedMemory.attach") : nullptr;
    return body != nullptr && attach_memory(*body, "SharedMemory.attach", *options) ? none()
                                                                                    : nullptr;
}

// Returns null with NotAttachedError set while the memory is detached.
Body* attached(PyObject* self, const char* function) {
    Body* const body = opened<Body>(self, function);
    if (body == nullptr || body->attachment) {
        return body;
    }
    const std::string text = description_of(*body->object);
    raise(types.not_attached_error, EINVAL, {function, text, true}, "it is not attached");
    return nullptr;
}

// What memoryviews refer to is detached with the last of them.
PyObject* detach(PyObject* self, PyObject*) {
    Body* const body = attached(self, "SharedMemory.detach");
    if (body == nullptr) {
        return nullptr;
    }
    Attached attachment = std::move(body->attachment);
    (void)without_gil([&] { attachment.reset(); });
    return none();
}

PyObject* read(PyObject* self, PyObject* args, PyObject* kwargs) {
    static const char* const names[] = {"byte_count", "offset", nullptr};
    std::size_t count = 0;
    std::size_t offset = 0;
    if (PyArg_ParseTupleAndKeywords(args, kwargs, "|O&O&:read", keywords(names), to_size, &count,
                                    to_size, &offset) == 0) {
        return nullptr;
    }
    const Body* const body = attached(self, "SharedMemory.read");
    if (body == nullptr) {
        return nullptr;
    }
    const auto bytes = body->attachment->bytes();
    if (offset >= bytes.size()) {
        PyErr_Format(PyExc_ValueError,
                     "SharedMemory.read: the offset %zu is not below the size, %zu", offset,
                     bytes.size());
        return nullptr;
    }
    const auto part =
        bytes.subspan(offset, std::min(count == 0 ? bytes.size() : count, bytes.size() - offset));
    return PyBytes_FromStringAndSize(reinterpret_cast<const char*>(part.data()),
                                     static_cast<Py_ssize_t>(part.size()));
}

PyObject* write(PyObject* self, PyObject* args, PyObject* kwargs) {
    static const char* const names[] = {"s", "offset", nullptr};
    MessageArgument text;
    std::size_t offset = 0;
    if (PyArg_ParseTupleAndKeywords(args, kwargs, "s*|O&:write", keywords(names), text.target(),
                                    to_size, &offset) == 0) {
        return nullptr;
    }
    Body* const body = opened<Body>(self, "SharedMemory.write");
    if (body != nullptr && body->read_only) {
        PyErr_SetString(PyExc_OSError, "SharedMemory.write: it is attached for reading only");
        return nullptr;
    }
    if (body == nullptr || attached(self, "SharedMemory.write") == nullptr) {
        return nullptr;
    }
    const auto bytes = text.bytes();
    const std::size_t size = body->attachment->size();
    if (offset > size || bytes.size() > size - offset) {
        PyErr_Format(PyExc_ValueError,
                     "SharedMemory.write: %zu bytes at %zu do not fit into %zu bytes", bytes.size(),
                     offset, size);
        return nullptr;
    }
    std::memmove(writable(body->attachment) + offset, bytes.data(), bytes.size());
    return none();
}

// Each buffer keeps the memory attached, in its field `internal`.
int get_buffer(PyObject* self, Py_buffer* view, int flags) {
    const Body* const body = attached(self, "SharedMemory");
    if (body == nullptr) {
        view->obj = nullptr;
        return -1;
    }
    const Attached& attachment = body->attachment;
    const int result = PyBuffer_FillInfo(view, self, writable(attachment),
                                         static_cast<Py_ssize_t>(attachment->size()),
                                         body->read_only ? 1 : 0, flags);
    if (result == 0) {
        view->internal = new Attached{attachment};
    }
    return result;
}
void release_buffer(PyObject*, Py_buffer* view) { delete static_cast<Attached*>(view->internal); }

constexpr std::array attributes{
    Attribute<Body>{"size", "The size in bytes.",
                    [](const Body& body) { return PyLong_FromSize_t(body.object->size()); }},
    Attribute<Body>{"address", "Where it is attached; 0 if it is not.",
                    [](const Body& body) {
                        return PyLong_FromVoidPtr(body.attachment ? writable(body.attachment)
                                                                  : nullptr);
                    }},
    Attribute<Body>{"attached", "Whether it is attached through this object.",
                    [](const Body& body) { return boolean(body.attachment != nullptr); }},
    Attribute<Body>{
        "last_attach_time", "When a process last attached it; 0 if none has.",
        [](const Body& body) { return to_python(body.object->info().last_attach_time); }},
    Attribute<Body>{
        "last_detach_time", "When a process last detached it; 0 if none has.",
        [](const Body& body) { return to_python(body.object->info().last_detach_time); }},
    Attribute<Body>{
        "last_change_time", "When it was created, or its owner or mode was set.",
        [](const Body& body) { return to_python(body.object->info().last_change_time); }},
    Attribute<Body>{
        "creator_pid", "The process that created it.",
        [](const Body& body) { return PyLong_FromLong(body.object->info().creator_pid); }},
    Attribute<Body>{"last_pid", "The process that last attached or detached it; 0 if none has.",
                    [](const Body& body) { return PyLong_FromLong(body.object->info().last_pid); }},
    Attribute<Body>{
        "number_attached", "How many times it is attached, in all processes.",
        [](const Body& body) { return PyLong_FromSize_t(body.object->number_attached()); }},
};

PyMethodDef methods[] = {
    {"attach", method(attach_again), METH_VARARGS | METH_KEYWORDS,
     "attach($self, /, address=None, flags=0)\n--\n\n"
     "Attach the memory, at an address if one is given. The constructor has attached it already."},
    {"detach", detach, METH_NOARGS, "detach($self, /)\n--\n\nDetach the memory."},
    {"read", method(read), METH_VARARGS | METH_KEYWORDS,
     "read($self, /, byte_count=0, offset=0)\n--\n\n"
     "Return the bytes from `offset` on: at most byte_count, or all if that is 0."},
    {"write", method(write), METH_VARARGS | METH_KEYWORDS,
     "write($self, /, s, offset=0)\n--\n\n"
     "Write bytes at `offset`. ValueError if they would end behind the memory."},
    {"remove", remove<Body>, METH_NOARGS,
     "remove($self, /)\n--\n\nRemove the memory. Its bytes go with the last attachment."},
    {nullptr, nullptr, 0, nullptr}};

std::vector<PyGetSetDef> member_table = members(attributes);

std::vector<PyType_Slot> slots =
    slots_of<Body>("SharedMemory(key, flags=0, mode=0o600, size=0, init_character=b' ')\n--\n\n"
                   "System V shared memory, which C programs share; also by the buffer "
                   "protocol.",
                   init, methods, member_table.data(),
                   {{Py_tp_str, slot(string_of<Body>)},
                    {Py_tp_repr, slot(representation_of<Body>)},
                    {Py_bf_getbuffer, slot(get_buffer)},
                    {Py_bf_releasebuffer, slot(release_buffer)}});

} // namespace

// sysv_ipc has ValueError for an id that no memory has.
PyObject* attach(PyObject*, PyObject* args, PyObject* kwargs) {
    static const char* const names[] = {"id", "address", "flags", nullptr};
    int id = 0;
    PyObject* address = Py_None;
    int flags = 0;
    if (PyArg_ParseTupleAndKeywords(args, kwargs, "i|Oi:attach", keywords(names), &id, &address,
                                    &flags) == 0) {
        return nullptr;
    }
    const auto options = options_of(address, flags);
    Ref memory{options ? allocate<Body>(types.shared_memory) : nullptr};
    if (!memory) {
        return nullptr;
    }
    auto& body = body_of<Body>(memory.get());
    try {
        body.object = sysv::SharedMemory::from_id(id, options->read_only);
    } catch (const ExistentialError&) {
        PyErr_Format(PyExc_ValueError, "attach: there is no shared memory with the id %d", id);
        return nullptr;
    } catch (const std::exception&) {
        return raise({"attach", "id " + std::to_string(id), true}, std::current_exception());
    }
    return attach_memory(body, "attach", *options) ? memory.release() : nullptr;
}

PyType_Spec shared_memory_spec{"crex.sysv_ipc.SharedMemory", sizeof(Object<Body>), 0,
                               Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE, slots.data()};

} // namespace crex::python::sysv_ipc
