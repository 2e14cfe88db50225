// SPDX-License-Identifier: BSL-1.0
#include "objects/naming.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <string_view>
#include <utility>

#include <crex/error.hpp>
#include <crex/limits.hpp>

#include "failure.hpp"

namespace cli {
namespace {

using crex::ObjectKind;

constexpr std::array nameable_kinds{ObjectKind::semaphore,
                                    ObjectKind::shared_memory,
                                    ObjectKind::kernel_queue,
                                    ObjectKind::boost_queue,
                                    ObjectKind::robust_semaphore,
                                    ObjectKind::robust_queue,
                                    ObjectKind::ring,
                                    ObjectKind::poll_fifo,
                                    ObjectKind::sysv_semaphores,
                                    ObjectKind::sysv_shared_memory,
                                    ObjectKind::sysv_queue};

struct Family {
    std::string_view name;
    std::vector<ObjectKind> members;
};

const std::vector<Family>& families() {
    static const std::vector<Family> all{
        {"sem", {ObjectKind::semaphore, ObjectKind::robust_semaphore}},
        {"shm", {ObjectKind::shared_memory, ObjectKind::ring}},
        {"mq",
         {ObjectKind::kernel_queue, ObjectKind::boost_queue, ObjectKind::robust_queue,
          ObjectKind::poll_fifo}},
        {"sysv",
         {ObjectKind::sysv_semaphores, ObjectKind::sysv_shared_memory, ObjectKind::sysv_queue}},
        {"all", {nameable_kinds.begin(), nameable_kinds.end()}},
    };
    return all;
}

constexpr std::string_view key_word = "key:";

bool is_key(const std::string& text) { return text.starts_with(key_word); }

// "0x5354" and "21332"; nothing for any other text.
std::optional<std::uint32_t> number_in(const std::string& text) {
    const bool hexadecimal = text.starts_with("0x");
    const char* const begin = text.data() + (hexadecimal ? 2 : 0);
    const char* const end = text.data() + text.size();
    std::uint32_t number = 0;
    const auto [rest, error] = std::from_chars(begin, end, number, hexadecimal ? 16 : 10);
    return error == std::errc{} && rest == end ? std::optional{number} : std::nullopt;
}

// The parts of "KIND:NAME".
struct Parts {
    std::optional<ObjectKind> kind; // nothing if the text does not begin with a kind's word
    std::string name;
};

Parts parts_of(const std::string& text) {
    for (const ObjectKind kind : nameable_kinds) {
        const std::string word = std::string{crex::to_string(kind)}.append(":");
        if (text.starts_with(word)) {
            return {kind, text.substr(word.size())};
        }
    }
    return {std::nullopt, text};
}

bool is_system_v(ObjectKind kind) {
    return kind == ObjectKind::sysv_semaphores || kind == ObjectKind::sysv_shared_memory ||
           kind == ObjectKind::sysv_queue;
}

bool is_meant(const std::string& text, const crex::Object& object) {
    if (is_key(text)) {
        const auto key = number_in(text.substr(key_word.size()));
        return key && object.key == key;
    }
    const auto [kind, name] = parts_of(text);
    if (kind == object.kind) {
        const std::string shown = shown_name(object);
        return shown == name || shown == with_slash(name);
    }
    return !object.key && shown_name(object) == with_slash(text);
}

bool can_be_a_file(const std::string& name) {
    return name.size() > 1 && name.size() - 1 <= crex::shared_memory_name_max && name != "/." &&
           name != "/.." && name.find('/', 1) == name.npos;
}

// Whether the text names a kernel queue that exists, or that may exist. A queue that cannot be
// listed can still be asked for.
bool may_be_kernel_queue(const std::string& text) {
    const auto [kind, name] = parts_of(text);
    if (is_key(text) || kind.value_or(ObjectKind::kernel_queue) != ObjectKind::kernel_queue ||
        !can_be_a_file(with_slash(name))) {
        return false;
    }
    try {
        return crex::inspect_message_queue(with_slash(name), crex::Backend::posix).has_value();
    } catch (const crex::Error& error) {
        return error.code().value() != ENOSYS; // the kernel has no queues
    }
}

} // namespace

namespace {

bool is_begun_by(const std::string& text, const crex::Object& object) {
    const auto [kind, name] = parts_of(text);
    if (!object.is_linked) {
        return false;
    }
    if (object.key) {
        return kind == object.kind && object.name.starts_with(name);
    }
    return kind.value_or(object.kind) == object.kind && object.name.starts_with(with_slash(name));
}

} // namespace

bool begins_with(const std::string& text, const crex::Object& object) {
    return is_begun_by(text, object) || is_begun_by(not_printable(text), object);
}

void expect_possible(const std::string& text) {
    const auto [kind, name] = parts_of(text);
    const bool possible = is_key(text) ? number_in(text.substr(key_word.size())).has_value()
                          : kind && is_system_v(*kind) ? number_in(name).has_value()
                                                       : can_be_a_file(with_slash(name));
    if (!possible) {
        throw UsageError{"no object can be called \"" + printable(text) + "\""};
    }
}

void expect_not_hidden(const std::string& text, const crex::Inventory& inventory) {
    if (inventory.limitations.empty() || !may_be_kernel_queue(text)) {
        return;
    }
    std::string why;
    for (const std::string& limitation : inventory.limitations) {
        why.append(why.empty() ? "" : "; ").append(limitation);
    }
    throw Failure{os_error,
                  "there is no " + printable(text) + " in sight, but there may be one: " + why};
}

std::string with_slash(const std::string& name) {
    return name.starts_with('/') ? name : std::string{"/"}.append(name);
}

std::string full_name(const crex::Object& object) {
    return std::string{crex::to_string(object.kind)}.append(":").append(shown_name(object));
}

std::string shown_name(const crex::Object& object) {
    return object.is_linked ? object.name : object.name + " (deleted)";
}

std::vector<crex::Object> meant_by(const std::string& text,
                                   const std::vector<crex::Object>& objects) {
    std::vector<crex::Object> result;
    for (const std::string& name : {text, not_printable(text)}) {
        if (result.empty()) {
            std::copy_if(objects.begin(), objects.end(), std::back_inserter(result),
                         [&](const crex::Object& object) { return is_meant(name, object); });
        }
    }
    return result;
}

crex::Object the_one_meant_by(const std::string& text, const crex::Inventory& inventory) {
    auto candidates = meant_by(text, inventory.objects);
    if (candidates.empty()) {
        expect_not_hidden(text, inventory);
        throw Failure{not_there, "there is no " + printable(text)};
    }
    if (candidates.size() > 1) {
        std::string list;
        for (const auto& object : candidates) {
            list += "\n    " + printable(full_name(object));
        }
        throw UsageError{printable(text) + " may be one of these; say which:" + list};
    }
    return std::move(candidates.front());
}

std::function<bool(crex::ObjectKind)> kinds_called(const std::string& text) {
    for (const auto& [name, members] : families()) {
        if (name == text) {
            return [&its = members](ObjectKind kind) {
                return std::find(its.begin(), its.end(), kind) != its.end();
            };
        }
    }
    for (const ObjectKind one : nameable_kinds) {
        if (crex::to_string(one) == text) {
            return [one](ObjectKind kind) { return kind == one; };
        }
    }
    std::string known;
    for (const std::string& word : words_for_kinds()) {
        known.append(known.empty() ? ", only " : ", ").append(word);
    }
    throw UsageError{
        std::string{"\""}.append(printable(text)).append("\" is no kind of object").append(known)};
}

std::vector<std::string> words_for_kinds() {
    std::vector<std::string> words;
    for (const auto& family : families()) {
        words.emplace_back(family.name);
    }
    for (const ObjectKind kind : nameable_kinds) {
        const std::string word{crex::to_string(kind)};
        if (std::find(words.begin(), words.end(), word) == words.end()) {
            words.push_back(word);
        }
    }
    return words;
}

namespace {

// The number of bytes of the UTF-8 character at the beginning of the text; 0 when there is none.
std::size_t length_of_character(std::string_view text) {
    const auto first = static_cast<unsigned char>(text.front());
    const std::size_t length = first < 0x80                    ? 1
                               : first >= 0xC2 && first < 0xE0 ? 2
                               : first >= 0xE0 && first < 0xF0 ? 3
                               : first >= 0xF0 && first < 0xF5 ? 4
                                                               : 0;
    if (length == 0 || length > text.size() ||
        !std::all_of(text.begin() + 1, text.begin() + static_cast<std::ptrdiff_t>(length),
                     [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; })) {
        return 0;
    }
    const auto second = length > 1 ? static_cast<unsigned char>(text[1]) : 0U;
    const bool is_out_of_range = (first == 0xE0 && second < 0xA0) ||  // it has a shorter form
                                 (first == 0xED && second >= 0xA0) || // half of a pair of UTF-16
                                 (first == 0xF0 && second < 0x90) ||
                                 (first == 0xF4 && second >= 0x90);
    return is_out_of_range ? 0 : length;
}

// Whether a terminal would obey the character and not show it: control characters, including U+0080
// to U+009F, and U+202A to U+202E and U+2066 to U+2069, which reverse text.
bool is_control(std::string_view character) {
    const auto at = [&](std::size_t place) { return static_cast<unsigned char>(character[place]); };
    const auto is_within = [](unsigned byte, unsigned least, unsigned most) {
        return byte >= least && byte <= most;
    };
    switch (character.size()) {
    case 1:
        return at(0) < 0x20 || at(0) == 0x7F;
    case 2:
        return at(0) == 0xC2 && at(1) < 0xA0;
    case 3:
        return at(0) == 0xE2 && ((at(1) == 0x80 && is_within(at(2), 0xAA, 0xAE)) ||
                                 (at(1) == 0x81 && is_within(at(2), 0xA6, 0xA9)));
    default:
        return false;
    }
}

std::string escaped(std::string_view bytes) {
    std::string result;
    for (const char byte : bytes) {
        std::array<char, 8> escape{};
        std::snprintf(escape.data(), escape.size(), "\\x%02X",
                      unsigned{static_cast<unsigned char>(byte)});
        result += escape.data();
    }
    return result;
}

} // namespace

std::string printable(const std::string& text) {
    std::string result;
    for (std::string_view rest = text; !rest.empty();) {
        const std::size_t length = length_of_character(rest);
        const std::string_view next = rest.substr(0, std::max<std::size_t>(length, 1));
        const bool shows = length != 0 && next != "\\" && !is_control(next);
        result += shows ? std::string{next} : escaped(next);
        rest.remove_prefix(next.size());
    }
    return result;
}

std::string not_printable(const std::string& text) {
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        unsigned char byte = 0;
        const char* const end = text.data() + std::min(i + 4, text.size());
        if (text.compare(i, 2, "\\x") == 0 && i + 4 <= text.size() &&
            std::from_chars(text.data() + i + 2, end, byte, 16).ptr == end) {
            result += static_cast<char>(byte);
            i += 3;
        } else {
            result += text[i];
        }
    }
    return result;
}

} // namespace cli
