// SPDX-License-Identifier: BSL-1.0
#include "common/given_options.hpp"

#include "common/errors.hpp"

namespace demo {

namespace po = boost::program_options;

po::variables_map given_options(int argc, char** argv, const po::options_description& options) {
    using namespace po::command_line_style;
    po::variables_map given;
    try {
        po::store(po::command_line_parser(argc, argv)
                      .options(options)
                      .positional({})
                      .style(default_style & ~allow_guessing)
                      .run(),
                  given);
    } catch (const po::error& error) {
        throw UsageError{error.what()};
    }
    return given;
}

} // namespace demo
