// SPDX-License-Identifier: BSL-1.0
#include "harness/journal.hpp"

#include <algorithm>
#include <string>

#include <boost/version.hpp>

#include <crex/version.hpp>

namespace bench {

namespace {

std::string_view word_for(Ending ending) {
    switch (ending) {
    case Ending::refused:
        return "refused";
    case Ending::wrong:
        return "wrong";
    default:
        return "failed";
    }
}

std::string on_one_line(std::string text) {
    std::replace_if(
        text.begin(), text.end(), [](char c) { return c == '\t' || c == '\n'; }, ' ');
    return text;
}

} // namespace

void Journal::about() {
    out_ << "about\tboost\t" << BOOST_VERSION / 100'000 << '.' << BOOST_VERSION / 100 % 1000 << '\n'
         << "about\tcrex\t" << crex::version << '\n'
         << "about\tcompiler\t" << on_one_line(__VERSION__) << '\n';
}

void Journal::about(const Subject& subject) {
    const bool is_crex = subject.name.starts_with("crex");
    out_ << "subject\t" << subject.suite << '\t' << subject.name << '\t' << subject.waiting << '\t'
         << (subject.is_limit ? "limit"
             : is_crex        ? "crex"
                              : "peer")
         << '\n';
}

void Journal::probe(unsigned round, double ns) {
    out_ << "probe\t" << round << '\t' << ns << std::endl;
}

void Journal::others(unsigned round, double processors) {
    out_ << "others\t" << round << '\t' << processors << std::endl;
}

void Journal::outcome(unsigned round, const Scenario& scenario, const Subject& subject,
                      const Outcome& outcome) {
    for (std::size_t index = 0; index < scenario.figures.size(); ++index) {
        const Figure& figure = scenario.figures[index];
        const bool done = outcome.ending == Ending::done;
        out_ << (done ? "measured" : "failed") << '\t' << round << '\t' << scenario.suite << '\t'
             << figure.name << '\t' << subject.name << '\t';
        if (done) {
            out_ << figure.unit << '\t' << (figure.higher_is_better ? "higher" : "lower") << '\t'
                 << outcome.figures.at(index) << '\t' << figure.curve << '\t' << figure.x << '\t';
        } else {
            out_ << word_for(outcome.ending) << '\t';
        }
        out_ << on_one_line(outcome.text) << std::endl;
    }
}

} // namespace bench
