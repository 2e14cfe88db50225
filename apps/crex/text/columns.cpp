// SPDX-License-Identifier: BSL-1.0
#include "text/columns.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <limits>
#include <sstream>

#include "failure.hpp"
#include "objects/naming.hpp"
#include "text/describe.hpp"

namespace cli {
namespace {

using crex::Object;

std::string text_or_nothing(const std::optional<std::uint64_t>& number) {
    return number ? std::to_string(*number) : no_value;
}

std::string formatted(const char* format, unsigned number) {
    std::array<char, 16> text{};
    std::snprintf(text.data(), text.size(), format, number);
    return text.data();
}

std::string messages_of(const Object& object) {
    std::string text = text_or_nothing(object.messages);
    return object.max_messages ? text.append("/").append(std::to_string(*object.max_messages))
                               : text;
}

// A robust object knows only whether there are waiters.
std::string waiters_of(const Object& object) {
    const bool some = crex::is_robust(object.kind) && object.waiters == 1U;
    return some ? "some" : text_or_nothing(object.waiters);
}

std::string pids_of(const Object& object) {
    std::string text;
    for (const auto& user : object.users) {
        text.append(text.empty() ? "" : ",");
        text.append(user.pid == 0 ? "?" : std::to_string(user.pid));
    }
    return text.empty() ? no_value : text;
}

std::string command_of(const Object& object) {
    const auto known = std::find_if(object.users.begin(), object.users.end(),
                                    [](const auto& user) { return user.pid != 0; });
    return known == object.users.end() ? no_value : printable(command_of_process(known->pid));
}

std::uint64_t none(const Object&) { return 0; }

std::uint64_t state_rank(const Object& object) { return static_cast<std::uint64_t>(object.state); }

// Sorts by the moment of creation, since an age changes with every look.
std::uint64_t created_rank(const Object& object) {
    return object.created ? static_cast<std::uint64_t>(object.created->time_since_epoch().count())
                          : 0;
}

std::uint64_t age_rank(const Object& object) {
    return object.created ? std::numeric_limits<std::uint64_t>::max() - created_rank(object) : 0;
}

} // namespace

const std::vector<Column>& columns() {
    static const std::vector<Column> all{
        {"kind", "KIND", false, [](const Object& o) { return std::string{to_string(o.kind)}; },
         [](const Object& o) { return static_cast<std::uint64_t>(o.kind); }},
        {"name", "NAME", false, [](const Object& o) { return printable(shown_name(o)); }, none},
        {"state", "STATE", false, [](const Object& o) { return std::string{to_string(o.state)}; },
         state_rank},
        {"users", "USERS", true, [](const Object& o) { return std::to_string(o.users.size()); },
         [](const Object& o) -> std::uint64_t { return o.users.size(); }},
        {"owner", "OWNER", false, [](const Object& o) { return user_name(o.owner); }, none},
        {"perms", "PERMS", false, [](const Object& o) { return formatted("%04o", o.mode); }, none},
        {"size", "SIZE", true,
         [](const Object& o) { return o.size ? short_size(*o.size) : no_value; },
         [](const Object& o) { return o.size.value_or(0); }},
        {"value", "VALUE", true, [](const Object& o) { return text_or_nothing(o.value); },
         [](const Object& o) { return o.value.value_or(0); }},
        {"msgs", "MSGS/MAX", true, messages_of,
         [](const Object& o) { return o.messages.value_or(0); }},
        {"sent", "SENT", true, [](const Object& o) { return text_or_nothing(o.sent); },
         [](const Object& o) { return o.sent.value_or(0); }},
        {"received", "RECEIVED", true, [](const Object& o) { return text_or_nothing(o.received); },
         [](const Object& o) { return o.received.value_or(0); }},
        {"redelivered", "REDELIVERED", true,
         [](const Object& o) { return text_or_nothing(o.redelivered); },
         [](const Object& o) { return o.redelivered.value_or(0); }},
        {"dead_lettered", "DEAD_LETTERED", true,
         [](const Object& o) { return text_or_nothing(o.dead_lettered); },
         [](const Object& o) { return o.dead_lettered.value_or(0); }},
        {"recoveries", "RECOVERIES", true,
         [](const Object& o) { return text_or_nothing(o.recoveries); },
         [](const Object& o) { return o.recoveries.value_or(0); }},
        {"quarantined", "QUARANTINED", true,
         [](const Object& o) { return text_or_nothing(o.quarantined); },
         [](const Object& o) { return o.quarantined.value_or(0); }},
        {"waiters", "WAIT", true, waiters_of,
         [](const Object& o) { return o.waiters.value_or(0); }},
        {"age", "AGE", true,
         [](const Object& o) {
             const auto age = age_of(o);
             return age ? short_text_of(*age) : no_value;
         },
         age_rank},
        {"command", "COMMAND", false, command_of, none},
        {"pids", "PIDS", false, pids_of, none},
        {"bytes", "BYTES", true, [](const Object& o) { return text_or_nothing(o.size); },
         [](const Object& o) { return o.size.value_or(0); }},
        {"msgsize", "MSGSIZE", true,
         [](const Object& o) { return text_or_nothing(o.max_message_size); },
         [](const Object& o) { return o.max_message_size.value_or(0); }},
        {"key", "KEY", false,
         [](const Object& o) { return o.key ? formatted("0x%08x", *o.key) : no_value; }, none},
        {"inode", "INODE", true, [](const Object& o) { return std::to_string(o.id.inode); },
         [](const Object& o) { return o.id.inode; }},
        {"created", "CREATED", false,
         [](const Object& o) { return o.created ? moment(*o.created) : no_value; }, created_rank},
        {"problem", "PROBLEM", false,
         [](const Object& o) { return o.problem.empty() ? no_value : o.problem; }, none},
    };
    return all;
}

namespace {

std::string known_columns() {
    std::string known;
    for (const Column& column : columns()) {
        known.append(known.empty() ? ", only " : ", ").append(column.name);
    }
    return known;
}

} // namespace

std::vector<const Column*> parse_columns(const std::string& names) {
    std::vector<const Column*> result;
    std::istringstream words{names};
    for (std::string word; std::getline(words, word, ',');) {
        const auto found = std::find_if(columns().begin(), columns().end(),
                                        [&](const Column& column) { return column.name == word; });
        if (found == columns().end()) {
            throw UsageError{"there is no column " + word.append(known_columns())};
        }
        result.push_back(&*found);
    }
    if (result.empty()) {
        throw UsageError{"that names no column" + known_columns()};
    }
    return result;
}

bool can_be_cut(std::string_view column) {
    constexpr std::array<std::string_view, 4> those{"name", "command", "pids", "problem"};
    return std::find(those.begin(), those.end(), column) != those.end();
}

bool is_before(const Object& a, const Object& b, const Column& by) {
    const auto ranks = std::pair{by.rank(a), by.rank(b)};
    if (ranks.first != ranks.second) {
        return by.is_number ? ranks.first > ranks.second : ranks.first < ranks.second;
    }
    return ranks.first == 0 && !by.is_number && by.text(a) < by.text(b);
}

void sort(std::vector<Object>& objects, const Column& by) {
    std::stable_sort(objects.begin(), objects.end(),
                     [&](const Object& a, const Object& b) { return is_before(a, b, by); });
}

} // namespace cli
