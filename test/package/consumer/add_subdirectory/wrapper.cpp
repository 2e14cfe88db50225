// SPDX-License-Identifier: BSL-1.0

// A stranger's library, which links crex.
#include <crex/crex.hpp>

std::size_t page_size() { return crex::page_size(); }
