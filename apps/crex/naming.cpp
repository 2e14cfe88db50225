// SPDX-License-Identifier: BSL-1.0
#include "naming.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <string_view>
#include <utility>

#include "failure.hpp"

namespace cli {
namespace {

using crex::ObjectKind;

constexpr std::array kinds{ObjectKind::semaphore,
                           ObjectKind::shared_memory,
                           ObjectKind::kernel_queue,
                           ObjectKind::boost_queue,
                           ObjectKind::robust_semaphore,
                           ObjectKind::robust_queue,
                           ObjectKind::ring,
                           ObjectKind::bell,
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
          ObjectKind::bell}},
        {"sysv",
         {ObjectKind::sysv_semaphores, ObjectKind::sysv_shared_memory, ObjectKind::sysv_queue}},
        {"all", {kinds.begin(), kinds.end()}},
    };
    return all;
}

bool has_key(const crex::Object& object, const std::string& text) {
    const bool hexadecimal = text.starts_with("0x");
    const char* const begin = text.data() + (hexadecimal ? 2 : 0);
    const char* const end = text.data() + text.size();
    std::uint32_t key = 0;
    const auto [rest, error] = std::from_chars(begin, end, key, hexadecimal ? 16 : 10);
    return error == std::errc{} && rest == end && object.key == key;
}

bool is_meant(const std::string& text, const crex::Object& object) {
    const std::string key = "key:";
    if (text.starts_with(key)) {
        return has_key(object, text.substr(key.size()));
    }
    const std::string kind = std::string{crex::to_string(object.kind)}.append(":");
    if (text.starts_with(kind)) {
        const std::string name = text.substr(kind.size());
        return object.name == name || object.name == with_slash(name);
    }
    return !object.key && object.name == with_slash(text);
}

} // namespace

std::string with_slash(const std::string& name) {
    return name.starts_with('/') ? name : std::string{"/"}.append(name);
}

std::string full_name(const crex::Object& object) {
    return std::string{crex::to_string(object.kind)}.append(":").append(object.name);
}

std::vector<crex::Object> meant_by(const std::string& text,
                                   const std::vector<crex::Object>& objects) {
    std::vector<crex::Object> result;
    std::copy_if(objects.begin(), objects.end(), std::back_inserter(result),
                 [&](const crex::Object& object) { return is_meant(text, object); });
    return result;
}

crex::Object the_one_meant_by(const std::string& text, const std::vector<crex::Object>& objects) {
    auto candidates = meant_by(text, objects);
    if (candidates.empty()) {
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
    for (const ObjectKind one : kinds) {
        if (crex::to_string(one) == text) {
            return [one](ObjectKind kind) { return kind == one; };
        }
    }
    throw UsageError{"\"" + text + "\" is no kind of object"};
}

std::vector<std::string> words_for_kinds() {
    std::vector<std::string> words;
    for (const auto& family : families()) {
        words.emplace_back(family.name);
    }
    for (const ObjectKind kind : kinds) {
        const std::string word{crex::to_string(kind)};
        if (std::find(words.begin(), words.end(), word) == words.end()) {
            words.push_back(word);
        }
    }
    return words;
}

std::string printable(const std::string& text) {
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto at = [&](std::size_t place) {
            return place < text.size() ? static_cast<unsigned char>(text[place]) : 0U;
        };
        const auto is_late = [](unsigned byte) { return byte >= 0x80 && byte < 0xA0; };
        const unsigned byte = at(i);
        const bool is_control =
            byte < 0x20 || byte == 0x7F ||
            (byte == 0xC2 && is_late(at(i + 1))) || // one of U+0080 to U+009F, in UTF-8
            (is_late(byte) && i > 0 && at(i - 1) == 0xC2);
        if (is_control || byte == '\\') {
            std::array<char, 8> escape{};
            std::snprintf(escape.data(), escape.size(), "\\x%02X", byte);
            result += escape.data();
        } else {
            result += text[i];
        }
    }
    return result;
}

} // namespace cli
