// SPDX-License-Identifier: BSL-1.0
#include "text/json.hpp"

#include <array>
#include <cstdio>

#include "objects/naming.hpp"
#include "text/describe.hpp"

namespace cli {
namespace {

Json json_of(const crex::ObjectUser& user) {
    return {{"pid", user.pid == 0 ? Json(nullptr) : Json(user.pid)},
            {"maps", user.maps},
            {"open", user.has_open},
            {"takes_part", user.takes_part}};
}

std::string octal(unsigned mode) {
    std::array<char, 16> text{};
    std::snprintf(text.data(), text.size(), "%04o", mode);
    return text.data();
}

Json seconds_since_1970(const crex::Object& object) {
    using Seconds = std::chrono::duration<double>;
    return object.created ? Json(Seconds{object.created->time_since_epoch()}.count())
                          : Json(nullptr);
}

} // namespace

Json json_of(const crex::Object& object) {
    Json users = Json::array();
    for (const crex::ObjectUser& user : object.users) {
        users.push_back(json_of(user));
    }
    return {{"kind", to_string(object.kind)},
            {"name", object.name},
            {"linked", object.is_linked},
            {"state", to_string(object.state)},
            {"users", std::move(users)},
            {"owner", object.owner},
            {"owner_name", user_name(object.owner)},
            {"perms", octal(object.mode)},
            {"size", or_null(object.size)},
            {"value", or_null(object.value)},
            {"messages", or_null(object.messages)},
            {"max_messages", or_null(object.max_messages)},
            {"max_message_size", or_null(object.max_message_size)},
            {"sent", or_null(object.sent)},
            {"received", or_null(object.received)},
            {"redelivered", or_null(object.redelivered)},
            {"dead_lettered", or_null(object.dead_lettered)},
            {"recoveries", or_null(object.recoveries)},
            {"quarantined", or_null(object.quarantined)},
            {"waiters", or_null(object.waiters)},
            {"key", or_null(object.key)},
            {"device", object.id.device},
            {"inode", object.id.inode},
            {"created", seconds_since_1970(object)},
            {"shown", printable(object.name)},
            {"problem", object.problem.empty() ? Json(nullptr) : Json(object.problem)}};
}

std::string dumped(const Json& json, int indent) {
    return json.dump(indent, ' ', false, Json::error_handler_t::replace);
}

} // namespace cli
