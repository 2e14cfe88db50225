// SPDX-License-Identifier: BSL-1.0
#include <algorithm>
#include <sstream>

#include "completion/words.hpp"
#include "objects/naming.hpp"
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

// Bash divides words at colons and equals signs, among others. Words with colons are put together
// again, and what is before the last colon is removed from the answers. A name may be begun without
// its slash.
constexpr const char* before_words = R"(# Made by crex of its verbs.
_crex_list() {
    local each
    for each; do
        echo "${word%"${word##*,}"}$each"
    done
}
_crex() {
    local words='' at=$COMP_CWORD word=${COMP_WORDS[COMP_CWORD]-} before
    while [ "$at" -gt 2 ] && [[ $word == :* || ${COMP_WORDS[at - 1]} == : ]]; do
        at=$((at - 1))
        word=${COMP_WORDS[at]}$word
    done
    [ "$word" != = ] || word='' at=$((at + 1))
    before=${COMP_WORDS[at - 1]-}
    [ "$before" != = ] || before=${COMP_WORDS[at - 2]-}
    case "${COMP_WORDS[1]-} ${COMP_WORDS[2]-}" in
)";
constexpr const char* after_words = R"(    case $word in
    '' | [/-]*) ;;
    *) words=" $words" words=${words//[[:space:]]\// } ;;
    esac
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
    if [[ ${COMP_WORDBREAKS-} == *:* && $word == *:* && ${#COMPREPLY[@]} -gt 0 ]]; then
        COMPREPLY=("${COMPREPLY[@]#"${word%:*}:"}")
    fi
}
complete -F _crex crex
)";

// The shell's `words` for the value of an option.
std::string words_for(const Values& values) {
    switch (values.are) {
    case Values::Are::words:
        return joined(values.words);
    case Values::Are::list:
        return "$(_crex_list " + joined(values.words) + ")";
    case Values::Are::users:
        return "$(compgen -u)";
    case Values::Are::names:
        return std::string{"$("}.append(names_command).append(")");
    case Values::Are::services:
        return std::string{"$("}.append(services_command).append(")");
    case Values::Are::servers:
        return std::string{"$("}.append(servers_command).append(")");
    case Values::Are::anything:
        break;
    }
    return "";
}

bool takes_server(const Verb& verb) {
    return std::any_of(verb.options.begin(), verb.options.end(), [&](const Option& option) {
        return values_of(verb, option).are == Values::Are::servers;
    });
}

// A branch of the script, for a command line that begins with these words. An option that has a
// value is followed by that value.
void put(std::ostream& out, const std::string& pattern, const Verb& verb) {
    out << "    " << pattern << ")\n        case $before in\n";
    for (const Option& option : all_options_of(verb)) {
        if (option.value != nullptr) {
            const auto [letter, word] = spelling_of(option);
            out << "        --" << word << (letter.empty() ? "" : " | -") << letter << ") words=\""
                << words_for(values_of(verb, option)) << "\" ;;\n";
        }
    }
    if (takes_server(verb)) { // bash has cut "service=NAME" at the equals sign
        out << "        service) words=\"$(" << services_command << ")\" ;;\n";
    }
    out << "        *) words=\"" << words_for(verb) << "\" ;;\n        esac ;;\n";
}

void put_verbs(std::ostream& out) {
    for (const Verb* const verb : verbs()) {
        const auto [first, second] = words_of(*verb);
        if (!second.empty()) {
            put(out, shell_quoted(verb->name), *verb);
        }
    }
    for (const Verb* const verb : verbs()) {
        const auto [first, second] = words_of(*verb);
        const std::string any = shell_quoted(std::string{first}.append(" ")).append("*");
        if (second.empty()) {
            put(out, any, *verb);
        } else {
            out << "    " << any << ") words=\"" << joined(second_words(first)) << "\" ;;\n";
        }
    }
}

} // namespace

std::string bash_completion() {
    std::ostringstream out;
    out << before_words;
    put_verbs(out);
    out << "    esac\n"
           "    [ \"$COMP_CWORD\" -gt 1 ] || words='"
        << joined(first_words()) << " --help --version -V'\n"
        << after_words;
    return out.str();
}

} // namespace cli
