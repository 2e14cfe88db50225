// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <initializer_list>
#include <variant>

#include "subjects/subjects.hpp"

namespace bench {

template <class Measured> constexpr bool fits_any(const Method& method) {
    return std::visit(
        [](const auto& its) {
            if constexpr (requires { its.template fits<Measured>(); }) {
                return its.template fits<Measured>();
            }
            return false; // of the other kind
        },
        method);
}

template <class Measured>
void measure_any(const Method& method, SharedState& shared, const Setting& setting) {
    std::visit(
        [&](const auto& its) {
            if constexpr (requires { its.template fits<Measured>(); }) {
                measure<Measured>(its, shared, setting);
            }
        },
        method);
}

// A row of the table of subjects.
template <class Measured> constexpr Subject subject(std::string_view suite, std::string_view name) {
    return {suite,
            name,
            Measured::waiting,
            Measured::is_limit,
            &fits_any<Measured>,
            &measure_any<Measured>,
            &Measured::remove};
}

// Rows that are there only if CMake has found what they need.
struct OptionalSubjects {
    OptionalSubjects(std::initializer_list<Subject> rows);
};

} // namespace bench
