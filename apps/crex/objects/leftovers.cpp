// SPDX-License-Identifier: BSL-1.0
#include "objects/leftovers.hpp"

#include <string_view>

namespace cli {

using crex::Object;
using crex::ObjectKind;

bool is_stale(const Object& object) { return object.state == crex::ObjectState::stale; }

bool is_left_over(const Object& object) {
    const bool whole = object.problem.empty();
    const bool ours =
        (crex::is_robust(object.kind) && whole) || object.kind == ObjectKind::poll_fifo ||
        (object.kind == ObjectKind::semaphore && object.name.starts_with("/crex-tmp."));
    return ours && is_stale(object);
}

bool is_set_aside(const Object& object) {
    const bool is_plain =
        object.kind == ObjectKind::shared_memory || object.kind == ObjectKind::boost_queue;
    return is_plain && object.name.starts_with("/crex-aside.");
}

std::string name_before(const Object& object) {
    constexpr std::string_view aside = "/crex-aside.";
    const auto dot = is_set_aside(object) ? object.name.find('.', aside.size()) : std::string::npos;
    return dot == std::string::npos ? object.name : std::string{"/"}.append(object.name, dot + 1);
}

} // namespace cli
