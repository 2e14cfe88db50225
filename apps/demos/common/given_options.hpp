// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <boost/program_options.hpp>

namespace demo {

// The options on the command line, which has no arguments. UsageError for an unknown option.
boost::program_options::variables_map
given_options(int argc, char** argv, const boost::program_options::options_description& options);

} // namespace demo
