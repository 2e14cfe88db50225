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
    if (const auto choice = first_arguments(verb); !choice.empty()) {
        words.append("$( ((COMP_CWORD > 2)) || echo ").append(joined(choice)).append(")");
    }
    return words;
}

// A colon is one of the marks at which bash divides words: they are put together again, and what is
// before the last colon is taken from the answers. A name may be begun without its slash.
constexpr const char* before_words = R"(# Made by crex of its verbs.
_crex() {
    local words='' at=$COMP_CWORD word=${COMP_WORDS[COMP_CWORD]}
    while [ "$at" -gt 2 ] && [[ $word == :* || ${COMP_WORDS[at - 1]} == : ]]; do
        at=$((at - 1))
        word=${COMP_WORDS[at]}$word
    done
    case "${COMP_WORDS[1]} ${COMP_WORDS[2]}" in
)";
constexpr const char* after_words = R"(    case $word in
    '' | [/-]*) ;;
    *) words=" $words" words=${words//[[:space:]]\// } ;;
    esac
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
    if [[ $COMP_WORDBREAKS == *:* && $word == *:* ]]; then
        COMPREPLY=("${COMPREPLY[@]#"${word%:*}:"}")
    fi
}
complete -F _crex crex
)";

// A branch of the script: what comes after these words of the command line.
void put(std::ostream& out, const std::string& pattern, const std::string& words) {
    out << "    " << pattern << ") words=\"" << words << "\" ;;\n";
}

void put_verbs(std::ostream& out) {
    for (const Verb* const verb : verbs()) {
        const auto [first, second] = words_of(*verb);
        if (!second.empty()) {
            put(out, shell_quoted(verb->name), words_for(*verb));
        }
    }
    for (const Verb* const verb : verbs()) {
        const auto [first, second] = words_of(*verb);
        const std::string any = shell_quoted(std::string{first}.append(" ")).append("*");
        put(out, any, second.empty() ? words_for(*verb) : joined(second_words(first)));
    }
}

} // namespace

std::string bash_completion() {
    std::ostringstream out;
    out << before_words;
    put_verbs(out);
    out << "    esac\n"
           "    [ \"$COMP_CWORD\" -gt 1 ] || words='"
        << joined(first_words()) << " --help --version'\n"
        << after_words;
    return out.str();
}

} // namespace cli
