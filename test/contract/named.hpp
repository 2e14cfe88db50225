// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "support/kinds.hpp"
#include "support/unique_name.hpp"

namespace test {

/// A name that is removed at the end.
template <class Kind> struct Named {
    std::string name = unique_name();
    Removed<Kind> removed{name};
};

} // namespace test
