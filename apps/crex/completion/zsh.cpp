// SPDX-License-Identifier: BSL-1.0
#include <algorithm>
#include <sstream>

#include "completion/words.hpp"
#include "objects/naming.hpp"
#include "verbs.hpp"

namespace cli {
namespace {

// The action of _arguments for the value of an option.
std::string action_for(const Values& values) {
    switch (values.are) {
    case Values::Are::words:
        return std::string{"("}.append(joined(values.words)).append(")");
    case Values::Are::list:
        return std::string{"_values -s , list "}.append(joined(values.words));
    case Values::Are::users:
        return "_users";
    case Values::Are::names:
        return "_crex_names";
    case Values::Are::services:
        return "_crex_services";
    case Values::Are::servers:
        return "_crex_servers";
    case Values::Are::anything:
        break;
    }
    return " ";
}

// A specification of _arguments; brackets and colons separate its parts.
std::string specification(const Verb& verb, const std::string& option, const Option& of) {
    std::string help{of.help};
    std::replace(help.begin(), help.end(), '[', '(');
    std::replace(help.begin(), help.end(), ']', ')');
    std::string text = option;
    text.append("[").append(help).append("]");
    return shell_quoted(of.value == nullptr ? text
                                            : text.append(":").append(of.value).append(":").append(
                                                  action_for(values_of(verb, of))));
}

void put_options(std::ostream& out, const Verb& verb) {
    for (const Option& option : all_options_of(verb)) {
        const auto [letter, word] = spelling_of(option);
        if (!letter.empty()) {
            out << " \\\n    " << specification(verb, std::string{"-"}.append(letter), option);
        }
        out << " \\\n    " << specification(verb, std::string{"--"}.append(word), option);
    }
}

void put_zsh_verb(std::ostream& out, const Verb& verb) {
    const auto [first, second] = words_of(verb);
    out << (second.empty() ? shell_quoted(std::string{first}.append(" ")).append("*")
                           : shell_quoted(verb.name))
        << ") _arguments";
    put_options(out, verb);
    if (verb.completes == Completes::names) {
        out << " \\\n    '*:name:_crex_names'";
    } else if (verb.completes == Completes::kinds) {
        out << " \\\n    " << shell_quoted("*:kind:(" + joined(words_for_kinds()) + ")");
    } else { // the verb itself is an argument; nothing is offered after it unless one may follow
        out << " \\\n    '*: : '";
    }
    if (const auto words = first_arguments(verb); !words.empty()) {
        const std::string place = second.empty() ? "2" : "3"; // the verb's words count, too
        out << " \\\n    " << shell_quoted(place + ":kind:(" + joined(words) + ")");
    }
    out << " ;;\n";
}

// The second words of verbs of two words.
void put_second_words(std::ostream& out) {
    for (const std::string& first : first_words()) {
        const auto words = second_words(first);
        if (!words.empty()) {
            out << shell_quoted(std::string{first}.append(" ")) << "*) compadd -- " << joined(words)
                << " ;;\n";
        }
    }
}

} // namespace

std::string zsh_completion() {
    std::ostringstream out;
    out << "#compdef crex\n# Made by crex of its verbs.\n"
           "_crex_names() { compadd -- ${(f)\"$("
        << names_command << ")\"} }\n_crex_services() { compadd -- ${(f)\"$(" << services_command
        << ")\"} }\n_crex_servers() { compadd -- ${(f)\"$(" << servers_command
        << ")\"} }\nif (( CURRENT == 2 )); then compadd -- " << joined(first_words())
        << " --help --version -V; return; fi\n"
        << "case \"${words[2]-} ${words[3]-}\" in\n";
    for (const Verb* const verb : verbs()) {
        put_zsh_verb(out, *verb);
    }
    put_second_words(out);
    out << "esac\n";
    return out.str();
}

} // namespace cli
