// SPDX-License-Identifier: BSL-1.0
#include <sstream>

#include "completion_words.hpp"
#include "naming.hpp"
#include "verbs.hpp"

namespace cli {
namespace {

std::string words_for(const Verb& verb) {
    std::string words;
    for (const Option& option : all_options_of(verb)) {
        const auto [letter, word] = spelling_of(option);
        words.append(letter.empty() ? "" : "-").append(letter).append(letter.empty() ? "" : " ");
        words.append("--").append(word).append(" ");
    }
    if (verb.completes == Completes::kinds) {
        words.append(joined(words_for_kinds()));
    } else if (verb.completes == Completes::names) {
        words.append("$(").append(names_command).append(")");
    }
    return words;
}

// A branch of the script: what comes after these words of the command line.
void put(std::ostream& out, const std::string& pattern, const std::string& words) {
    out << "    " << pattern << ") words=\"" << words << "\" ;;\n";
}

void put_verbs(std::ostream& out) {
    for (const Verb* const verb : verbs()) {
        const auto [first, second] = words_of(*verb);
        if (!second.empty()) {
            put(out, quoted(verb->name), words_for(*verb));
        }
    }
    for (const Verb* const verb : verbs()) {
        const auto [first, second] = words_of(*verb);
        const std::string any = quoted(std::string{first}.append(" ")).append("*");
        put(out, any, second.empty() ? words_for(*verb) : joined(second_words(first)));
    }
}

} // namespace

std::string bash_completion() {
    std::ostringstream out;
    out << "# Made by crex of its verbs.\n"
           "_crex() {\n"
           "    local words='' word=${COMP_WORDS[COMP_CWORD]}\n"
           "    case \"${COMP_WORDS[1]} ${COMP_WORDS[2]}\" in\n";
    put_verbs(out);
    out << "    esac\n"
           "    [ \"$COMP_CWORD\" -gt 1 ] || words='"
        << joined(first_words())
        << " --help --version'\n"
           "    mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\")\n"
           "}\n"
           "complete -F _crex crex\n";
    return out.str();
}

} // namespace cli
