// SPDX-License-Identifier: BSL-1.0
#include <string_view>

#include "python/message_queue.hpp"

namespace crex::python {

bool parse_backend(const char* text, Backend& backend) {
    for (const Backend each : {Backend::robust, Backend::posix, Backend::boost}) {
        if (to_string(each) == text) {
            backend = each;
            return true;
        }
    }
    PyErr_Format(PyExc_ValueError, "backend must be 'robust', 'posix' or 'boost', not '%s'", text);
    return false;
}

namespace {

bool parse_lifetime(const char* text, Lifetime& lifetime) {
    const std::string_view word{text};
    if (word != "persistent" && word != "until_unused") {
        PyErr_Format(PyExc_ValueError, "lifetime must be 'persistent' or 'until_unused', not '%s'",
                     text);
        return false;
    }
    lifetime = word == "until_unused" ? Lifetime::until_unused : Lifetime::persistent;
    return true;
}

// The arguments that are not MessageQueueOptions as they come.
struct Words {
    const char* backend = "robust";
    const char* lifetime = "persistent";
    const char* dead_letter = "";
    int read = 1;
    int write = 1;
    int sparse = 0;
    int any_owner = 0;
    int while_linked = 0;
};

bool complete(const Words& words, MessageQueueOptions& options) {
    options.read = words.read != 0;
    options.write = words.write != 0;
    options.sparse = words.sparse != 0;
    options.any_owner = words.any_owner != 0;
    options.while_linked = words.while_linked != 0;
    options.dead_letter = words.dead_letter;
    return parse_backend(words.backend, options.backend) &&
           parse_lifetime(words.lifetime, options.lifetime);
}

} // namespace

int open_message_queue(PyObject* self, PyObject* args, PyObject* kwargs) {
    static const char* const names[] = {
        "name",        "flags",  "mode",      "max_messages", "max_message_size",
        "read",        "write",  "backend",   "lifetime",     "max_attempts",
        "dead_letter", "sparse", "any_owner", "while_linked", "spin",
        "max_handles", "owner",  "group",     nullptr};
    NameArgument name;
    int flags = 0;
    Words words;
    MessageQueueOptions options;
    if (PyArg_ParseTupleAndKeywords(
            args, kwargs, "O&|O&O&O&O&pp$ssO&spppO&O&O&O&:MessageQueue", keywords(names), to_name,
            &name, to_flags, &flags, to_unsigned, &options.mode, to_size, &options.max_messages,
            to_size, &options.max_message_size, &words.read, &words.write, &words.backend,
            &words.lifetime, to_unsigned, &options.max_attempts, &words.dead_letter, &words.sparse,
            &words.any_owner, &words.while_linked, to_unsigned, &options.spin, to_size,
            &options.max_handles, to_optional_unsigned, &options.owner, to_optional_unsigned,
            &options.group) == 0 ||
        !complete(words, options)) {
        return -1;
    }
    return open_handle<MessageQueue>(self, "MessageQueue", name, flags, options);
}

} // namespace crex::python
