// SPDX-License-Identifier: BSL-1.0
#include "c/failure.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <initializer_list>
#include <new>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

#include <crex/c/base.h>
#include <crex/error.hpp>
#include <crex/version.hpp>

namespace crex::c {
namespace {

// The sentence of a thread's last error. Noting one cannot fail. Longer sentences than there is
// room for, as for a bad name of many kilobytes, are cut.
//
// A library that is loaded by dlopen(3) may have little memory that each thread has from the start.
// So the room comes from the heap; without any, and at the end of the thread, it is short.
class LastSentence {
public:
    LastSentence() = default;
    ~LastSentence() {
        std::free(long_);
        long_ = nullptr;
        is_over_ = true;
    }
    LastSentence(const LastSentence&) = delete;
    LastSentence& operator=(const LastSentence&) = delete;

    [[nodiscard]] const char* text() const { return long_ != nullptr ? long_ : short_.data(); }
    [[nodiscard]] std::span<char> room() noexcept {
        if (long_ == nullptr && !is_over_) {
            long_ = static_cast<char*>(std::malloc(size));
        }
        return long_ != nullptr ? std::span{long_, size} : std::span{short_};
    }

private:
    static constexpr std::size_t size = 2048;

    char* long_ = nullptr;
    std::array<char, 120> short_{};
    bool is_over_ = false;
};

thread_local LastSentence last_sentence;

void note(std::initializer_list<std::string_view> parts) noexcept {
    const std::span<char> room = last_sentence.room();
    auto to = room.begin();
    const auto end = room.end() - 1;
    for (const std::string_view part : parts) {
        const auto size = std::min<std::ptrdiff_t>(std::ssize(part), end - to);
        to = std::copy_n(part.begin(), size, to);
    }
    *to = '\0';
}

// The part of `what`, `Semaphore::acquire("/turn"): timed out`, that begins with the parenthesis.
// Empty when it does not begin with a function.
std::string_view after_function(std::string_view what) noexcept {
    const auto is_part = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':';
    };
    const auto end = std::ranges::find_if_not(what, is_part);
    what.remove_prefix(static_cast<std::size_t>(end - what.begin()));
    return what.starts_with('(') ? what : std::string_view{};
}

int failed_with(int error, const char* function, std::string_view what) noexcept {
    const std::string_view rest = after_function(what);
    rest.empty() ? note({function, "(): ", what}) : note({function, rest});
    return error;
}

} // namespace

int failed(const char* function) noexcept {
    try {
        throw;
    } catch (const Error& error) {
        // Not 0, which would be success.
        return failed_with(error.code().value() != 0 ? error.code().value() : EIO, function,
                           error.what());
    } catch (const std::invalid_argument& error) {
        return failed_with(EINVAL, function, error.what());
    } catch (const std::bad_alloc&) {
        return failed_with(ENOMEM, function, "out of memory");
    } catch (const std::exception& error) {
        return failed_with(EIO, function, error.what());
    } catch (...) {
        return failed_with(EIO, function, "an unknown exception");
    }
}

int timed_out(const char* function, const char* name, const char* cause) noexcept {
    note({function, "(\"", name, "\"): ", cause});
    return ETIMEDOUT;
}

void throw_null(const char* argument) {
    throw std::invalid_argument{std::string{argument} + " is a null pointer"};
}

void throw_invalid(const char* text) { throw std::invalid_argument{text}; }

void throw_nothing_there(const char* name, const char* cause) {
    throw BusyError{EAGAIN, std::string{"(\""} + name + "\"): " + cause};
}

} // namespace crex::c

const char* crex_last_error() { return crex::c::last_sentence.text(); }

const char* crex_version() { return crex::version.data(); }
