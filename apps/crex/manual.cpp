// SPDX-License-Identifier: BSL-1.0
#include "manual.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <sstream>

#include <crex/version.hpp>

#include "completion/words.hpp"
#include "verbs.hpp"

namespace cli {
namespace {

constexpr const char* about = "see, use and clean up what processes share";

constexpr const char* description =
    R"(Semaphores, shared memory and message queues outlive the processes that made them. crex
shows those that exist, whichever program made them: POSIX ones, System V's, Boost's queues, and the
robust objects of the crex library; which processes use each of them; and which are left over. It
removes what no process uses, and nothing else unless told to. And it uses them: messages, permits
and bytes go to and from a shell's commands.

A name may be given with or without its slash. If several objects have it, put the kind in front
(sem:/name); crex lists the candidates. System V's objects are called by their number (sysv-shm:3)
or key (key:0x5354).

A name may also be given as crex shows it, with bytes as \xHH. A size is a number of bytes, or one
with K, M, G or T behind it (or KiB, 1024 bytes; or KB, 1000).

A duration is a number with a unit, 500ms, 2s, 1m, 3h, 2d; without a unit, it is in seconds. After
--, everything is a name, whatever it begins with.)";

constexpr const char* exit_statuses =
    R"( 0   fine
 1   no: the answer to a question
 64  a wrong option, argument or name
 65  the object is damaged, or what is sent is too long
 66  there is no such object
 70  an error in crex itself
 71  a limit, or another error, of the system
 73  the name is taken
 74  standard input or output failed
 75  in use, or the time was up (-E N makes it N)
 77  permission denied

SIGINT (Ctrl-C), SIGTERM, SIGHUP and SIGQUIT end crex as a shell expects it, with 128 and their
number, 130 for Ctrl-C; also where crex is the first process of a container. crex sem run and crex mq
recv --exec end with the status of their command.)";

constexpr const char* environment =
    R"(If NO_COLOR is set, or if standard output is no terminal, there are no colours.)";

std::string synopsis_of(const Verb& verb) {
    std::string text{"crex "};
    text += verb.name;
    text += " [options]";
    return *verb.arguments == '\0' ? text : text + " " + verb.arguments;
}

// "-o, --columns LIST"
std::string heading_of(const Option& option) {
    const std::string name{option.name};
    const auto comma = name.find(',');
    std::string text{"    "};
    if (comma != name.npos) {
        text = "-";
        text.append(name, comma + 1).append(", ");
    }
    text.append("--").append(name, 0, comma);
    return option.value == nullptr ? text : text.append(" ").append(option.value);
}

template <class Show> void for_each_option(const Verb& verb, Show show) {
    for (const auto* const options : {&verb.options, &common_options()}) {
        for (const Option& option : *options) {
            show(heading_of(option), std::string{option.help});
        }
    }
}

constexpr std::size_t column = 30;

std::string padded(const std::string& text) {
    return text + std::string(text.size() < column ? column - text.size() : 1, ' ');
}

std::string capitals(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return text;
}

// Escapes what roff would interpret.
std::string escaped(const std::string& text) {
    std::string result = text.starts_with('.') || text.starts_with('\'') ? "\\&" : "";
    for (const char c : text) {
        result += c == '\\' ? std::string{"\\e"} : c == '-' ? std::string{"\\-"} : std::string{c};
    }
    return result;
}

void put_section(std::ostream& out, const std::string& title, const std::string& text) {
    out << ".SH " << title << '\n';
    std::istringstream lines{text};
    for (std::string line; std::getline(lines, line);) {
        if (line.empty()) {
            out << ".PP\n";
        } else if (line.starts_with(' ')) {
            out << ".nf\n" << escaped(line) << "\n.fi\n";
        } else {
            out << escaped(line) << '\n';
        }
    }
}

std::string page_name(const Verb& verb) {
    std::string name = std::string{"crex-"} + verb.name;
    std::replace(name.begin(), name.end(), ' ', '-');
    return name;
}

// The date of the build; SOURCE_DATE_EPOCH gives it in a reproducible build.
std::string date() {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): there is one thread
    const char* const given = std::getenv("SOURCE_DATE_EPOCH");
    const std::time_t when =
        given != nullptr ? std::strtoll(given, nullptr, 10) : std::time(nullptr);
    tm parts{};
    gmtime_r(&when, &parts);
    std::array<char, 16> text{};
    std::strftime(text.data(), text.size(), "%Y-%m-%d", &parts);
    return text.data();
}

void put_title(std::ostream& out, const std::string& name, const std::string& summary) {
    out << ".TH " << capitals(name) << " 1 " << date() << " \"crex " << crex::version
        << "\"\n.SH NAME\n"
        << escaped(name) << " \\- " << escaped(summary) << '\n';
}

void put_options(std::ostream& out, const Verb& verb) {
    out << ".SH OPTIONS\n";
    for_each_option(verb, [&](const std::string& heading, const std::string& text) {
        const auto begin = heading.find_first_not_of(' ');
        out << ".TP\n.B " << escaped(heading.substr(begin)) << '\n' << escaped(text) << ".\n";
    });
}

void put_summaries(std::ostream& out, const std::string& beginning) {
    for (const Verb* const verb : verbs()) {
        if (const std::string name{verb->name}; name.starts_with(beginning)) {
            out << "  " << padded(name + " " + verb->arguments) << verb->summary << '\n';
        }
    }
}

} // namespace

std::string help() {
    std::ostringstream out;
    out << "crex: " << about << "\n\nUsage: crex VERB [options] [arguments]\n\n";
    put_summaries(out, "");
    out << "\ncrex VERB --help, or man crex-VERB, tells more; crex --version, or -V, which crex it "
           "is.\n";
    return out.str();
}

std::string help(const std::string& first) {
    std::ostringstream out;
    out << "Usage: crex " << first << ' ' << joined(second_words(first), "|") << "\n\n";
    put_summaries(out, first + " ");
    return out.str();
}

std::string help(const Verb& verb) {
    std::ostringstream out;
    out << synopsis_of(verb) << "\n    " << verb.summary << "\n\n" << verb.description << "\n\n";
    for_each_option(verb, [&](const std::string& heading, const std::string& text) {
        out << "  " << padded(heading) << text << '\n';
    });
    for (const Section& section : verb.more) {
        out << '\n' << section.title << '\n' << section.text << '\n';
    }
    return out.str();
}

std::string man_page() {
    std::ostringstream out;
    put_title(out, "crex", about);
    put_section(out, "SYNOPSIS", "crex VERB [options] [arguments]");
    put_section(out, "DESCRIPTION", description);
    out << ".SH VERBS\n";
    for (const Verb* const verb : verbs()) {
        out << ".TP\n.BR " << escaped(page_name(*verb)) << " (1)\n"
            << escaped(verb->summary) << '\n';
    }
    put_section(out, "EXIT STATUS", exit_statuses);
    put_section(out, "ENVIRONMENT", environment);
    return out.str();
}

std::string man_page(const Verb& verb) {
    std::ostringstream out;
    put_title(out, page_name(verb), verb.summary);
    put_section(out, "SYNOPSIS", synopsis_of(verb));
    put_section(out, "DESCRIPTION", verb.description);
    put_options(out, verb);
    for (const Section& section : verb.more) {
        put_section(out, section.title, section.text);
    }
    put_section(out, "EXIT STATUS", exit_statuses);
    put_section(out, "SEE ALSO", "crex(1)");
    return out.str();
}

void write_man_pages(const std::filesystem::path& directory) {
    std::filesystem::create_directories(directory);
    const auto write = [&](const std::string& name, const std::string& page) {
        std::ofstream file{directory / (name + ".1")};
        file << page;
        if (!file.flush()) {
            throw Failure{io_error, "cannot write to " + directory.string()};
        }
    };
    write("crex", man_page());
    for (const Verb* const verb : verbs()) {
        write(page_name(*verb), man_page(*verb));
    }
}

} // namespace cli
