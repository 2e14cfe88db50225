// SPDX-License-Identifier: BSL-1.0
#include "common/command_line.hpp"

#include <algorithm>
#include <cctype>
#include <iostream>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>

#include "common/errors.hpp"
#include "common/given_options.hpp"
#include "common/parameter_file.hpp"

namespace demo {

namespace po = boost::program_options;

namespace {

po::options_description options_of(const Program& program) {
    po::options_description options{"Options"};
    auto add = options.add_options();
    add("help", "show this and stop");
    add("params", po::value<std::string>()->value_name("FILE")->default_value("params.txt"),
        "the file with the parameters; the options below override it");
    for (const Key& key : keys()) {
        add(key.option().c_str(), po::value<std::string>()->value_name(key.value), key.help);
    }
    if (program.converses) {
        add("patience", po::value<std::string>()->value_name("SECONDS")->default_value("5"),
            "how long without a new text means that the other has vanished");
        add("quiet", "print the result only");
    }
    if (program.may_be_at_server) {
        add("at", po::value<std::string>()->value_name("SERVER"),
            "use a queue in a PostgreSQL database: \"service=NAME\", or another connection string");
    }
    return options;
}

template <class Convert> auto converted(const std::string& place, Convert convert) {
    try {
        return convert();
    } catch (const std::invalid_argument& error) {
        throw UsageError{place + ": " + error.what()};
    }
}

// The text as one word of a shell, quoted where needed.
std::string shell_word(const std::string& text) {
    const bool is_plain = std::all_of(text.begin(), text.end(), [](unsigned char c) {
        return std::isalnum(c) != 0 ||
               std::string_view{"/._-+:@%,="}.find(static_cast<char>(c)) != std::string_view::npos;
    });
    if (is_plain && !text.empty()) {
        return text;
    }
    std::string word{"'"};
    for (const char c : text) {
        c == '\'' ? word.append("'\\''") : word.append(1, c);
    }
    return word.append("'");
}

void read_file(const std::string& path, Parameters& parameters) {
    std::set<std::string_view> found;
    for (const Entry& entry : read_parameter_file(path)) {
        const std::string place = entry.place + ": " + entry.key;
        const Key* const key = find_key(entry.key);
        if (key == nullptr) {
            throw UsageError{place + ": there is no such key"};
        }
        if (!found.insert(key->name).second) {
            throw UsageError{place + ": the key is there twice"};
        }
        converted(place, [&] { key->set(parameters, entry.value); });
    }
    parameters.cleanup_command += " --params " + shell_word(path);
}

void read_options(const po::variables_map& given, Parameters& parameters) {
    for (const Key& key : keys()) {
        const std::string option = key.option();
        if (given.count(option) != 0) {
            const auto& text = given[option].as<std::string>();
            converted("--" + option, [&] { key.set(parameters, text); });
            parameters.cleanup_command.append(" --").append(option).append(" ").append(
                shell_word(text));
        }
    }
}

// All demo programs live in one directory.
std::string beside(const std::string& program, const char* other) {
    return program.substr(0, program.rfind('/') + 1) + other; // npos + 1 is 0
}

} // namespace

std::optional<Parameters> parameters_from(int argc, char** argv, const Program& program) {
    const auto options = options_of(program);
    const auto given = given_options(argc, argv, options);
    if (given.count("help") != 0) {
        std::cout << "Usage: " << program.name << " [options]\n\n"
                  << program.about << "\n\n"
                  << options;
        return std::nullopt;
    }
    Parameters parameters;
    parameters.cleanup_command = shell_word(beside(argv[0], "cleanup"));
    read_file(given["params"].as<std::string>(), parameters);
    read_options(given, parameters);
    if (program.converses) {
        parameters.patience = converted(
            "--patience", [&] { return seconds_from(given["patience"].as<std::string>()); });
        parameters.quiet = given.count("quiet") != 0;
    }
    if (program.may_be_at_server && given.count("at") != 0) {
        parameters.at = given["at"].as<std::string>();
        parameters.cleanup_command.append(" --at ").append(shell_word(parameters.at));
    }
    return parameters;
}

} // namespace demo
