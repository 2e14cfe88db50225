// SPDX-License-Identifier: BSL-1.0

// Common to all verbs: exit statuses, names, --help, man pages, completions.

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include <sys/ipc.h>
#include <sys/sem.h>
#include <unistd.h>

#include "cli/command.hpp"
#include "cli/terminal.hpp"

using namespace test;

namespace {

namespace fs = std::filesystem;

std::string contents_of(const fs::path& path) {
    std::ostringstream text;
    text << std::ifstream{path}.rdbuf();
    return text.str();
}

// A directory that is removed at the end of the test.
struct Scratch {
    fs::path path = fs::temp_directory_path() / unique_name().substr(1);
    ~Scratch() { fs::remove_all(path); }
};

// Each verb that has a man page, as a list of words: {"mq", "send"} for crex-mq-send.1.
std::vector<std::vector<std::string>> verbs(const fs::path& pages) {
    std::vector<std::vector<std::string>> result;
    for (const auto& file : fs::directory_iterator{pages}) {
        std::istringstream name{file.path().stem()};
        std::vector<std::string>& words = result.emplace_back();
        for (std::string word; std::getline(name, word, '-');) {
            words.push_back(word);
        }
        BOOST_TEST_REQUIRE(words.front() == "crex");
        words.erase(words.begin());
    }
    std::erase(result, std::vector<std::string>{});
    return result;
}

std::string joined(const std::vector<std::string>& words, const char* between) {
    std::string text;
    for (const std::string& word : words) {
        text += (text.empty() ? "" : between) + word;
    }
    return text;
}

std::string roff(const std::string& text) {
    std::string result;
    for (const char c : text) {
        result += c == '-' ? "\\-" : std::string{c};
    }
    return result;
}

// The options that a text mentions: "--older".
std::set<std::string> options_in(const std::string& text) {
    std::set<std::string> result;
    std::istringstream lines{text};
    for (std::string word; lines >> word;) {
        if (word.starts_with("--") && word.size() > 2 && std::isalpha(word[2]) != 0) {
            result.insert(word.substr(0, word.find_first_of(",.;:")));
        }
    }
    return result;
}

// The completion files of the build. The shells find crex by its name.
class Completions {
public:
    Completions() {
        expect_status(0, {"--write-completions", scratch_.path.string()});
        const std::string directory = fs::path{CREX_TEST_COMMAND}.parent_path();
        setenv("PATH", (directory + ":" + getenv("PATH")).c_str(), 1);
    }

    // The candidates that bash offers for a line that it has split into these words.
    [[nodiscard]] std::string in_bash(const std::string& words) const {
        Process bash{"/bin/bash",
                     {"-c", ". " + path("bash/crex") + "; COMP_WORDBREAKS=' :='; COMP_WORDS=(" +
                                words + "); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _crex; " +
                                "echo \"${COMPREPLY[@]}\""}};
        return bash.read_all();
    }

    [[nodiscard]] std::string path(const std::string& name) const { return scratch_.path / name; }

private:
    Scratch scratch_;
};

} // namespace

BOOST_AUTO_TEST_CASE(a_wrong_command_line_is_status_64) {
    expect_status(64, {});
    expect_status(64, {"no-such-verb"});
    expect_status(64, {"ls", "--no-such-option"});
    expect_status(64, {"ls", "no-such-kind"});
    expect_status(64, {"ls", "-o", "no-such-column"});
    expect_status(64, {"ls", "-u", "no such user"});
    expect_status(64, {"rm"});
    expect_status(64, {"who", "two", "names"});
    expect_status(64, {"gc", "--older", "yesterday"});
    expect_status(64, {"ls", "-E", "256"});
    expect_status(64, {"ls", "-E", "x"});
    expect_status(64, {"ls", "-o", ""});
    for (const char* const name : {"", "/", "a/b", "sem:", "sysv-shm:x", "key:x"}) {
        expect_status(64, {"watch", name, "--until", "gone"});
    }
}

BOOST_AUTO_TEST_CASE(every_verb_has_help_and_a_man_page_with_all_its_options) {
    const Scratch scratch;
    expect_status(0, {"--write-man-pages", scratch.path.string()});
    const std::string overview = expect_status(0, {"--help"});
    BOOST_TEST(verbs(scratch.path).size() >= 25U);
    for (auto words : verbs(scratch.path)) {
        const std::string verb = joined(words, " ");
        const std::string page = contents_of(scratch.path / ("crex-" + joined(words, "-") + ".1"));
        BOOST_TEST(contains(overview, "  " + verb + " "));
        words.insert(words.begin(), "help");
        const std::string help = expect_status(0, words);
        words.erase(words.begin());
        words.push_back("--help");
        BOOST_TEST(help == expect_status(0, words));
        for (const std::string& option : options_in(help)) {
            BOOST_TEST(contains(page, roff(option)), verb << ": " << option);
        }
    }
}

BOOST_AUTO_TEST_CASE(verbs_of_one_kind_have_help_together) {
    const std::string help = expect_status(0, {"mq", "--help"});
    BOOST_TEST(contains(help, "mq send"));
    BOOST_TEST(!contains(help, "sem run"));
    BOOST_TEST(help == expect_status(0, {"help", "mq"}));
    expect_status(64, {"mq"});
    expect_status(64, {"help", "no-such-verb"});
}

BOOST_AUTO_TEST_CASE(the_completions_know_every_verb) {
    const Scratch scratch;
    const fs::path pages = scratch.path / "pages";
    expect_status(0, {"--write-man-pages", pages.string()});
    expect_status(0, {"--write-completions", scratch.path.string()});
    for (const char* const shell : {"bash/crex", "zsh/_crex", "fish/crex.fish"}) {
        const std::string script = contents_of(scratch.path / shell);
        for (const auto& words : verbs(pages)) {
            for (const std::string& word : words) {
                BOOST_TEST(contains(script, word), shell << ": " << word);
            }
        }
    }
    BOOST_TEST(Process("/bin/bash", {"-n", scratch.path / "bash/crex"}).wait() == 0);
}

BOOST_AUTO_TEST_CASE(bash_completes_the_names_of_objects_that_are_there) {
    if (!enter_stage()) {
        return;
    }
    const Completions completions;
    const std::string name = unique_name();
    const crex::SharedMemory memory{name, crex::O_CREX, {.size = 64}};
    BOOST_TEST(completions.in_bash("crex rm /crex-t") == name + "\n");
    BOOST_TEST(completions.in_bash("crex rm ''").ends_with(name + "\n"));
}

BOOST_AUTO_TEST_CASE(bash_completes_a_name_that_is_begun_without_its_slash) {
    if (!enter_stage()) {
        return;
    }
    const Completions completions;
    const crex::SharedMemory memory{"/rv-1", crex::O_CREX, {.size = 64}};
    const crex::SharedMemory other{"/other", crex::O_CREX, {.size = 64}};
    BOOST_TEST(completions.in_bash("crex rm rv") == "rv-1\n");
    BOOST_TEST(completions.in_bash("crex rm /rv") == "/rv-1\n");
}

BOOST_AUTO_TEST_CASE(bash_completes_what_follows_a_colon) {
    if (!enter_stage()) {
        return;
    }
    const Completions completions;
    const std::string number = std::to_string(semget(0x5EA, 1, IPC_CREAT | 0600));
    BOOST_TEST(completions.in_bash("crex rm sysv-s") == "sysv-sem:" + number + "\n");
    BOOST_TEST(completions.in_bash("crex rm sysv-sem :") == number + "\n");
    BOOST_TEST(completions.in_bash("crex rm sysv-sem : " + number) == number + "\n");
    BOOST_TEST(completions.in_bash("crex rm /other sysv-sem :") == number + "\n");
    BOOST_TEST(completions.in_bash("crex rm sysv-shm :") == "\n");
}

BOOST_AUTO_TEST_CASE(bash_completes_the_services_of_the_service_file) {
    const Completions completions;
    std::ofstream{completions.path("pg_service.conf")} << "[here]\nhost=db\n[there]\n";
    setenv("PGSERVICEFILE", completions.path("none").c_str(), 1);
    setenv("PGSYSCONFDIR", completions.path("").c_str(), 1);
    BOOST_TEST(completions.in_bash("crex ls --at serv") == "service=here service=there\n");
    BOOST_TEST(completions.in_bash("crex ls --at service =") == "here there\n");
    BOOST_TEST(completions.in_bash("crex ls --at service = h") == "here\n");
    unsetenv("PGSERVICEFILE");
    unsetenv("PGSYSCONFDIR");
}

BOOST_AUTO_TEST_CASE(error_about_an_unknown_kind_names_the_known_kinds) {
    const std::string said = expect_status(64, {"ls", "frob"});
    for (const char* const kind : {"sem", "shm", "mq", "crex-ring", "sysv-shm"}) {
        BOOST_TEST(contains(said, kind), said);
    }
}

BOOST_AUTO_TEST_CASE(option_for_the_version_has_a_letter) {
    BOOST_TEST(expect_status(0, {"-V"}) == expect_status(0, {"--version"}));
}

BOOST_AUTO_TEST_CASE(man_pages_are_dated) {
    const Scratch scratch;
    setenv("SOURCE_DATE_EPOCH", "86400", 1);
    expect_status(0, {"--write-man-pages", scratch.path.string()});
    unsetenv("SOURCE_DATE_EPOCH");
    BOOST_TEST(contents_of(scratch.path / "crex-ls.1").starts_with(".TH CREX-LS 1 1970-01-02 "));
}

BOOST_AUTO_TEST_CASE(bash_completes_the_values_of_options) {
    const Completions completions;
    BOOST_TEST(completions.in_bash("crex mq send --backend ''") == "robust posix boost\n");
    BOOST_TEST(completions.in_bash("crex sem wait -b r") == "robust\n");
    BOOST_TEST(completions.in_bash("crex mq recv --format = h") == "hex\n");
    BOOST_TEST(completions.in_bash("crex mq recv --format =").starts_with("raw text "));
    BOOST_TEST(completions.in_bash("crex ls -o name,st") == "name,state\n");
    BOOST_TEST(completions.in_bash("crex top --sort se") == "sends\n");
    BOOST_TEST(completions.in_bash("crex watch x --until st") == "stale\n");
    BOOST_TEST(contains(completions.in_bash("crex ls --user ro"), "root"));
    BOOST_TEST(completions.in_bash("crex mq send --timeout ''") == "\n");
    BOOST_TEST(contains(completions.in_bash("crex mq send --l"), "--lines"));
}

BOOST_AUTO_TEST_CASE(bash_completes_where_unset_variables_are_errors) {
    const Completions completions;
    for (const char* const words : {"crex", "crex ''", "crex mq", "crex ls -o ''", "crex rm x:"}) {
        Process bash{"/bin/bash",
                     {"-uc", ". " + completions.path("bash/crex") + "; COMP_WORDS=(" + words +
                                 "); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _crex; echo ok"},
                     Capture::both};
        BOOST_TEST(bash.read_all() == "ok\n", words);
    }
}

BOOST_AUTO_TEST_CASE(the_kinds_to_create_are_completed_first) {
    const Completions completions;
    BOOST_TEST(completions.in_bash("crex create s") == "sem shm\n");
    BOOST_TEST(completions.in_bash("crex create sem s") == "\n");
    BOOST_TEST(completions.in_bash("crex create ''").ends_with("sem shm mq ring\n"));
}

BOOST_AUTO_TEST_CASE(fish_completes_verbs_options_and_names) {
    if (!is_installed("fish") || !enter_stage()) {
        return;
    }
    const Completions completions;
    const crex::SharedMemory memory{"/here", crex::O_CREX, {.size = 64}};
    const auto completed = [&](const std::string& line) {
        Process fish{
            "/usr/bin/fish",
            {"--no-config", "-c",
             "source " + completions.path("fish/crex.fish") + "; complete -C '" + line + "'"}};
        return fish.read_all();
    };
    BOOST_TEST(contains(completed("crex "), "mq\t"));
    BOOST_TEST(contains(completed("crex "), "ls\t"));
    BOOST_TEST(contains(completed("crex mq "), "send\t"));
    BOOST_TEST(!contains(completed("crex mq send "), "recv\t"));
    BOOST_TEST(contains(completed("crex mq send --l"), "--lines\t"));
    BOOST_TEST(contains(completed("crex ls "), "sysv-mq"));
    BOOST_TEST(completed("crex rm /h") == "/here\n");
    BOOST_TEST(contains(completed("crex create "), "ring"));
    BOOST_TEST(!contains(completed("crex create ring "), "sem"));
    BOOST_TEST(contains(completed("crex mq send --backend "), "boost"));
    BOOST_TEST(contains(completed("crex mq recv -f h"), "hex"));
    BOOST_TEST(contains(completed("crex ls -o name,st"), "name,state"));
    BOOST_TEST(contains(completed("crex ls --user ro"), "root"));
}

BOOST_AUTO_TEST_CASE(zsh_completes_verbs_options_and_names) {
    if (!is_installed(Terminal::tmux) || !is_installed("zsh") || !enter_stage()) {
        return;
    }
    const Completions completions;
    const crex::SharedMemory memory{"/here", crex::O_CREX, {.size = 64}};
    const Terminal terminal{"exec zsh -f", 100, 20};
    terminal.press({"fpath=(" + completions.path("zsh") +
                        " $fpath); autoload -U compinit; compinit -D -u; echo rea''dy",
                    "Enter"});
    BOOST_TEST(terminal.shows({"ready"}));
    const auto completes = [&](const std::string& line, const std::string& result) {
        terminal.press({"C-u", line, "Tab"});
        const auto shown = terminal.shows({result});
        BOOST_TEST(shown, line);
    };
    completes("crex mq ", "bridge  peek    purge   recv    send    stat");
    completes("crex mq send --li", "crex mq send --lines");
    completes("crex ls boo", "crex ls boost-mq");
    completes("crex rm /h", "crex rm /here");
    completes("crex create ri", "crex create ring");
    completes("crex mq send --backend po", "crex mq send --backend posix");
    completes("crex ls -o name,st", "crex ls -o name,state");
    terminal.press({"C-u", "setopt nounset", "Enter"});
    completes("crex top --sort wai", "crex top --sort waiters");
}

BOOST_AUTO_TEST_CASE(every_word_after_two_dashes_is_a_name) {
    if (enter_stage()) {
        const crex::SharedMemory memory{"/--help", crex::O_CREX, {.size = 64}};
        BOOST_TEST(contains(expect_status(0, {"show", "--", "--help"}), "/--help"));
        expect_status(0, {"rm", "-f", "--", "/--help"});
    }
}

BOOST_AUTO_TEST_CASE(output_is_not_coloured_without_a_terminal) {
    if (enter_stage()) {
        const crex::SharedMemory memory{unique_name(), crex::O_CREX, {.size = 64}};
        BOOST_TEST(!contains(crex_command({"ls"}).output, "\033"));
    }
}

BOOST_AUTO_TEST_CASE(reader_that_closes_the_pipe_is_no_error) {
    Process shell{"/bin/sh",
                  {"-c", "trap '' PIPE; " + shell_word(CREX_TEST_COMMAND) + " limits | true"},
                  Capture::both};
    BOOST_TEST(shell.read_all() == "");
    BOOST_TEST(shell.wait() == 0);
}

BOOST_AUTO_TEST_CASE(a_full_disk_is_status_74) {
    Process shell{"/bin/sh",
                  {"-c", shell_word(CREX_TEST_COMMAND) + " limits >/dev/full 2>/dev/null"}};
    BOOST_TEST(shell.wait() == 74);
}
