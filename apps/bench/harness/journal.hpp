// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <ostream>
#include <string_view>

#include "harness/measurement.hpp"

namespace bench {

// What was measured, one line each, with fields separated by tabs, for results.py to read:
//
//     about      what it was built with, as KEY VALUE
//     subject    SUITE, SUBJECT, how it waits, limit or peer or crex
//     probe      ROUND, ns of a cache line's round trip just before what follows
//     others     ROUND, how many processors other programs had
//     measured   ROUND, SUITE, CASE, SUBJECT, unit, higher or lower, value, curve, x, note
//     failed     ROUND, SUITE, CASE, SUBJECT, refused or wrong or failed, why
class Journal {
public:
    explicit Journal(std::ostream& out) : out_{out} {
        out_.precision(10); // enough for 1 GiB in bytes
    }

    void about();
    void about(const Subject& subject);
    void probe(unsigned round, double ns);
    void others(unsigned round, double processors);
    void outcome(unsigned round, const Scenario& scenario, const Subject& subject,
                 const Outcome& outcome);

private:
    std::ostream& out_;
};

} // namespace bench
