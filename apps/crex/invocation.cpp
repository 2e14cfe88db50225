// SPDX-License-Identifier: BSL-1.0
#include "invocation.hpp"

#include <algorithm>
#include <charconv>
#include <stdexcept>

#include <boost/program_options.hpp>

#include "text/duration.hpp"
#include "verbs.hpp"

namespace cli {

namespace po = boost::program_options;

namespace {

constexpr const char* arguments_key = "arguments";

po::options_description options_of(const Verb& verb) {
    po::options_description result;
    for (const auto* const options : {&verb.options, &common_options()}) {
        for (const Option& option : *options) {
            if (option.value == nullptr) {
                result.add_options()(option.name, option.help);
            } else {
                result.add_options()(option.name, po::value<std::string>(), option.help);
            }
        }
    }
    return result;
}

po::variables_map parsed(const Verb& verb, const std::vector<std::string>& words) {
    using namespace po::command_line_style;
    auto options = options_of(verb);
    options.add_options()(arguments_key, po::value<std::vector<std::string>>());
    po::positional_options_description arguments;
    arguments.add(arguments_key, -1);
    po::variables_map given;
    try {
        po::store(po::command_line_parser(words)
                      .options(options)
                      .positional(arguments)
                      .style(default_style & ~allow_guessing)
                      .run(),
                  given);
    } catch (const po::error& error) {
        throw UsageError{error.what()};
    }
    return given;
}

std::string long_name(const Option& option) {
    const std::string name{option.name};
    return name.substr(0, name.find(','));
}

} // namespace

Invocation::Invocation(const Verb& verb, const std::vector<std::string>& words) : verb_{&verb} {
    const auto dashes = std::find(words.begin(), words.end(), "--");
    behind_ = dashes == words.end() ? 0 : static_cast<std::size_t>(words.end() - dashes - 1);
    for (const auto& [name, value] : parsed(verb, words)) {
        if (name == arguments_key) {
            arguments_ = value.as<std::vector<std::string>>();
        } else {
            const auto* const text = boost::any_cast<std::string>(&value.value());
            options_.emplace(name, text == nullptr ? std::string{} : *text);
        }
    }
    if (!has("help")) {
        check_arguments();
    }
}

std::vector<std::string> Invocation::arguments_behind() const {
    return {arguments_.end() - static_cast<std::ptrdiff_t>(std::min(behind_, arguments_.size())),
            arguments_.end()};
}

void Invocation::check_arguments() const {
    if (arguments_.size() < verb_->at_least) {
        throw UsageError{std::string{"it requires "} + verb_->arguments};
    }
    if (arguments_.size() > verb_->at_most) {
        throw UsageError{"what is \"" + arguments_[verb_->at_most] + "\" for?"};
    }
}

void Invocation::expect_known(const std::string& option) const {
    for (const auto* const options : {&verb_->options, &common_options()}) {
        if (std::any_of(options->begin(), options->end(),
                        [&](const Option& one) { return long_name(one) == option; })) {
            return;
        }
    }
    throw std::logic_error{std::string{verb_->name} + " has no option " + option};
}

bool Invocation::has(const std::string& option) const {
    expect_known(option);
    return options_.contains(option);
}

std::optional<std::string> Invocation::value(const std::string& option) const {
    return has(option) ? std::optional{options_.at(option)} : std::nullopt;
}

std::optional<std::chrono::nanoseconds> Invocation::duration(const std::string& option) const {
    const auto text = value(option);
    try {
        return text ? std::optional{duration_from(*text)} : std::nullopt;
    } catch (const UsageError& error) {
        throw UsageError{"--" + option + ": " + error.what()};
    }
}

std::optional<unsigned long> Invocation::number(const std::string& option) const {
    const auto text = value(option);
    if (!text) {
        return std::nullopt;
    }
    unsigned long result = 0;
    const auto* const end = text->data() + text->size();
    const auto [rest, error] = std::from_chars(text->data(), end, result);
    if (error != std::errc{} || rest != end) {
        throw UsageError{"--" + option + ": \"" + *text + "\" is no number"};
    }
    return result;
}

} // namespace cli
