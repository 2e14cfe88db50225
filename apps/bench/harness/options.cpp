// SPDX-License-Identifier: BSL-1.0
#include "harness/options.hpp"

#include <iostream>

#include <boost/program_options.hpp>

namespace bench {

namespace po = boost::program_options;

namespace {

po::options_description description(Options& options) {
    po::options_description all{"Options"};
    auto add = all.add_options();
    add("help", "show this and stop");
    add("list", po::bool_switch(&options.list), "show the cases and stop");
    add("only", po::value<std::string>()->value_name("REGEX"),
        "measure only cases in whose \"SUITE/CASE\" it is found");
    add("quick",
        "1 round of 0.02 s, without the longest measurements: to see that it works, not to quote");
    add("rounds", po::value(&options.rounds)->value_name("N"), "how often (5)");
    add("seconds", po::value(&options.seconds)->value_name("S"),
        "how long a measurement takes, about (0.15)");
    add("limit", po::value(&options.limit)->value_name("S"),
        "after how many seconds one is cut off (20; the longest ones: three times that)");
    add("seed", po::value(&options.seed)->value_name("N"), "of the subjects' order");
    add("all-subjects", "measure crex's other backends too");
    add("subjects", po::value<std::string>()->value_name("REGEX"),
        "measure only subjects in whose name it is found");
    add("output", po::value(&options.output)->value_name("FILE"),
        "where to write what is measured");
    return all;
}

} // namespace

std::optional<Options> options_from(int argc, char** argv) {
    Options options;
    const auto all = description(options);
    po::variables_map given;
    po::store(po::command_line_parser(argc, argv).options(all).positional({}).run(), given);
    if (given.count("help") != 0) {
        std::cout << "Usage: crex_bench [options]\n\nMeasures queues, rings and semaphores side by "
                     "side.\n\n"
                  << all;
        return std::nullopt;
    }
    if (given.count("quick") != 0) {
        options.quick = true;
        options.rounds = 1;
        options.seconds = 0.02;
    }
    po::notify(given); // explicit options override
    if (given.count("only") != 0) {
        options.only = std::regex{given["only"].as<std::string>()};
    }
    if (given.count("subjects") != 0) {
        options.subjects = std::regex{given["subjects"].as<std::string>()};
    } else if (given.count("all-subjects") == 0) {
        options.subjects = std::regex{"^(?!crex-)"};
    }
    return options;
}

} // namespace bench
