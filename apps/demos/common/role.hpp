// SPDX-License-Identifier: BSL-1.0
#pragma once

namespace demo {

enum class Role { premise, conclusion };

constexpr Role other_than(Role role) {
    return role == Role::premise ? Role::conclusion : Role::premise;
}

constexpr const char* name_of(Role role) {
    return role == Role::premise ? "Mrs Premise" : "Mrs Conclusion";
}

} // namespace demo
