// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>

#include <crex/name.hpp>

#include "python/python.hpp"
#include "python/waiting.hpp"

// Converters for PyArg_ParseTupleAndKeywords ("O&"). Each returns 1, or 0 with a Python error set:
// TypeError for what has the wrong type, ValueError for what is out of range.

namespace crex::python {

// None, a str or bytes.
struct NameArgument {
    std::optional<std::string> text;

    [[nodiscard]] Name name() const { return text ? Name{*text} : std::nullopt; }
    [[nodiscard]] const std::string& shown() const;
};
int to_name(PyObject* object, void* name);          // NameArgument
int to_existing_name(PyObject* object, void* name); // NameArgument; None is a TypeError

// Seconds, a datetime.timedelta, or None for no limit.
int to_timeout(PyObject* object, void* timeout); // Timeout

int to_flags(PyObject* object, void* flags);              // int
int to_unsigned(PyObject* object, void* number);          // unsigned
int to_size(PyObject* object, void* number);              // std::size_t
int to_optional_unsigned(PyObject* object, void* number); // std::optional<unsigned>; or None

// A message: a str (in UTF-8) or what has the buffer protocol, contiguous, until the end of the
// scope.
class MessageArgument {
public:
    MessageArgument() = default;
    ~MessageArgument() { PyBuffer_Release(&buffer_); } // does nothing without a buffer
    MessageArgument(const MessageArgument&) = delete;
    MessageArgument& operator=(const MessageArgument&) = delete;

    [[nodiscard]] Py_buffer* target() { return &buffer_; } // for the format "s*"
    [[nodiscard]] std::span<const std::byte> bytes() const {
        return {static_cast<const std::byte*>(buffer_.buf), static_cast<std::size_t>(buffer_.len)};
    }

private:
    Py_buffer buffer_{};
};

// The last parameter of PyArg_ParseTupleAndKeywords is not const.
template <std::size_t size> char** keywords(const char* const (&names)[size]) {
    return const_cast<char**>(static_cast<const char* const*>(names));
}

PyObject* to_python(const std::string& name);

} // namespace crex::python
