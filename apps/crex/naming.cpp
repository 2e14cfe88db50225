// SPDX-License-Identifier: BSL-1.0
#include "naming.hpp"

namespace cli {

std::string with_slash(const std::string& name) {
    return name.starts_with('/') ? name : std::string{"/"}.append(name);
}

} // namespace cli
