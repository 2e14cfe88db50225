// SPDX-License-Identifier: BSL-1.0
#include <sstream>

#include "completion/words.hpp"
#include "objects/naming.hpp"
#include "verbs.hpp"

namespace cli {
namespace {

std::string seen(const std::string& word) {
    return std::string{"__fish_seen_subcommand_from "}.append(word);
}

// before(): where the verb's last word can come; within(): where its options can.
std::string before(const VerbWords& words) {
    return words.second.empty() ? "__fish_use_subcommand"
                                : seen(words.first)
                                      .append("; and not ")
                                      .append(seen(joined(second_words(words.first))));
}
std::string within(const VerbWords& words) {
    return words.second.empty() ? seen(words.first)
                                : seen(words.first).append("; and ").append(seen(words.second));
}

// The options of complete(1) that offer these values.
std::string choice_for(const Values& values) {
    switch (values.are) {
    case Values::Are::words:
        return " -x -a " + shell_quoted(joined(values.words));
    case Values::Are::list:
        return " -x -a " + shell_quoted("(__fish_append , " + joined(values.words) + ")");
    case Values::Are::users:
        return " -x -a '(__fish_complete_users)'";
    case Values::Are::names:
        return std::string{" -x -a '("}.append(names_command).append(")'");
    case Values::Are::services:
        return std::string{" -x -a '("}.append(services_command).append(")'");
    case Values::Are::servers:
        return std::string{" -x -a '("}.append(servers_command).append(")'");
    case Values::Are::anything:
        break;
    }
    return "";
}

void put_fish_verb(std::ostream& out, const Verb& verb) {
    const VerbWords words = words_of(verb);
    const std::string line = "complete -c crex -n ";
    out << line << shell_quoted(before(words)) << " -a "
        << (words.second.empty() ? words.first : words.second) << " -d "
        << shell_quoted(verb.summary) << '\n';
    for (const Option& option : all_options_of(verb)) {
        const auto [letter, word] = spelling_of(option);
        out << line << shell_quoted(within(words)) << (letter.empty() ? "" : " -s ") << letter
            << " -l " << word << (option.value == nullptr ? "" : " -r")
            << choice_for(values_of(verb, option)) << " -d " << shell_quoted(option.help) << '\n';
    }
    if (verb.completes == Completes::names) {
        out << line << shell_quoted(within(words)) << " -a '(" << names_command << ")'\n";
    } else if (verb.completes == Completes::kinds) {
        out << line << shell_quoted(within(words)) << " -a "
            << shell_quoted(joined(words_for_kinds())) << '\n';
    }
    if (const auto choice = first_arguments(verb); !choice.empty()) {
        const std::string none_yet = within(words) + "; and not " + seen(joined(choice));
        out << line << shell_quoted(none_yet) << " -a " << shell_quoted(joined(choice)) << '\n';
    }
}

} // namespace

std::string fish_completion() {
    std::ostringstream out;
    out << "# Made by crex of its verbs.\ncomplete -c crex -f\n"
           "complete -c crex -n __fish_use_subcommand -l help\n"
           "complete -c crex -n __fish_use_subcommand -s V -l version\n";
    for (const std::string& first : first_words()) {
        if (const auto words = second_words(first); !words.empty()) {
            out << "complete -c crex -n __fish_use_subcommand -a " << first << " -d "
                << shell_quoted(joined(words, ", ")) << '\n';
        }
    }
    for (const Verb* const verb : verbs()) {
        put_fish_verb(out, *verb);
    }
    return out.str();
}

} // namespace cli
