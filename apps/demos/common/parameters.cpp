// SPDX-License-Identifier: BSL-1.0
#include "common/parameters.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <limits>
#include <stdexcept>

#include <crex/limits.hpp>

namespace demo {
namespace {

[[noreturn]] void reject(const std::string& text, const std::string& wanted) {
    throw std::invalid_argument{"must be " + wanted + ", not \"" + text + "\""};
}

// The whole text must be the number; a sign, a space or a comment is no part of a number.
template <class Number, class... Base>
bool is_number(const std::string& text, Number& number, Base... base) {
    const char* const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, number, base...);
    return error == std::errc{} && rest == end;
}

std::uint64_t whole_number(const std::string& text, std::uint64_t min, std::uint64_t max) {
    std::uint64_t number = 0;
    if (!is_number(text, number) || number < min || number > max) {
        reject(text, "a whole number from " + std::to_string(min) + " to " + std::to_string(max));
    }
    return number;
}

unsigned permission_bits(const std::string& text) {
    unsigned bits = 0;
    if (!is_number(text, bits, 8) || bits > 0777) {
        reject(text, "an octal number from 0 to 0777");
    }
    return bits;
}

std::string object_name(const std::string& text, std::size_t longest) {
    if (text.size() < 2 || text.size() > longest + 1 || text.front() != '/' ||
        text.find('/', 1) != text.npos || text.find('\0') != text.npos || text == "/." ||
        text == "/..") {
        reject(text, "a slash followed by 1 to " + std::to_string(longest) +
                         " characters other than a slash");
    }
    return text;
}

constexpr std::array backends{crex::Backend::boost, crex::Backend::posix, crex::Backend::robust};

crex::Backend queue_backend(const std::string& text) {
    for (const auto backend : backends) {
        if (text == crex::to_string(backend)) {
            return backend;
        }
    }
    reject(text, "boost, posix or robust");
}

// Both ends count two messages for an iteration.
constexpr std::uint64_t most_iterations = std::numeric_limits<std::uint32_t>::max();
constexpr std::size_t digest_and_nul = 33;
constexpr auto largest_file = std::uint64_t{std::numeric_limits<std::int64_t>::max()};

constexpr std::array all_keys{
    Key{"ITERATIONS", "N", "how often each reads a text and answers it",
        [](Parameters& p, const std::string& text) {
            p.iterations = whole_number(text, 1, most_iterations);
        }},
    Key{"LIVE_DANGEROUSLY", "0|1", "1: do without the semaphore",
        [](Parameters& p, const std::string& text) {
            p.live_dangerously = whole_number(text, 0, 1) == 1;
        }},
    Key{"SEMAPHORE_NAME", "/NAME", "the semaphore that guards the memory",
        [](Parameters& p, const std::string& text) {
            p.semaphore_name = object_name(text, crex::semaphore_name_max);
        }},
    Key{"SHARED_MEMORY_NAME", "/NAME", "the memory they converse in",
        [](Parameters& p, const std::string& text) {
            p.shared_memory_name = object_name(text, crex::shared_memory_name_max);
        }},
    Key{"MESSAGE_QUEUE_NAME", "/NAME", "the queue they converse through",
        [](Parameters& p, const std::string& text) {
            p.message_queue_name = object_name(text, crex::message_queue_name_max);
        }},
    Key{"PERMISSIONS", "OCTAL", "who may use them, as in chmod",
        [](Parameters& p, const std::string& text) { p.permissions = permission_bits(text); }},
    Key{"SHM_SIZE", "BYTES", "how large the memory is",
        [](Parameters& p, const std::string& text) {
            p.shm_size = whole_number(text, digest_and_nul, largest_file);
        }},
    Key{"QUEUE_BACKEND_NAME", "BACKEND", "the queue is boost, posix or robust",
        [](Parameters& p, const std::string& text) { p.queue_backend = queue_backend(text); }},
};

} // namespace

std::string Key::option() const {
    std::string option{name};
    for (char& c : option) {
        c = c == '_' ? '-' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
    return option;
}

std::span<const Key> keys() { return all_keys; }

const Key* find_key(std::string_view name) {
    const auto alike = [](char a, char b) {
        return a == std::toupper(static_cast<unsigned char>(b));
    };
    const auto* const key = std::ranges::find_if(
        all_keys, [&](const Key& each) { return std::ranges::equal(each.name, name, alike); });
    return key == all_keys.end() ? nullptr : key;
}

std::chrono::duration<double> seconds_from(const std::string& text) {
    constexpr double year = 365.0 * 24 * 60 * 60;
    double seconds = 0;
    if (!is_number(text, seconds) || !(seconds > 0 && seconds < year)) {
        reject(text, "a number of seconds above zero");
    }
    return std::chrono::duration<double>{seconds};
}

} // namespace demo
