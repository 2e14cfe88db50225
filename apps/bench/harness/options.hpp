// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <optional>
#include <regex>
#include <string>

namespace bench {

struct Options {
    unsigned rounds = 5;
    double seconds = 0.15;
    unsigned limit = 20; // the seconds after which a measurement is cut off
    unsigned seed = 1;
    bool list = false;
    bool quick = false;      // leaves out what takes seconds
    std::regex only{""};     // of the cases
    std::regex subjects{""}; // of the subjects
    std::string output;      // a file, or empty for standard output
};

// The options of the command line; nothing when it asked for help, which has been printed. Throws
// boost::program_options::error or std::regex_error when it is invalid.
std::optional<Options> options_from(int argc, char** argv);

} // namespace bench
