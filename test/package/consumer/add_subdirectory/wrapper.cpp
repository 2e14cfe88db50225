// SPDX-License-Identifier: BSL-1.0

// A library of another project, which links crex.
#include <crex/crex.hpp>

std::size_t page_size() { return crex::page_size(); }
