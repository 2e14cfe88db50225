// SPDX-License-Identifier: BSL-1.0
#include "subjects/crex_server.hpp"
#include "subjects/libpq_server.hpp"
#include "subjects/measure_any.hpp"

// Rows of the suite "server", where libpq is there.

namespace bench {

namespace {

const OptionalSubjects servers{
    subject<CrexServer>("server", "crex"),
    subject<LibpqServer<true>>("server", "libpq"),
    subject<LibpqServer<false>>("server", "libpq, a commit each"),
};

} // namespace

} // namespace bench
