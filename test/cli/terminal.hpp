// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <unistd.h>

#include "support/eventually.hpp"
#include "support/process.hpp"
#include "support/unique_name.hpp"

namespace test {

/// A terminal of tmux(1) in which a shell runs a command. A test can read the screen and press
/// keys.
class Terminal {
public:
    static constexpr const char* tmux = "/usr/bin/tmux";

    Terminal(const std::string& command, int columns, int rows)
        : server_{[socket = socket_]() -> int {
              setenv("LC_ALL", "C.UTF-8", 1);
              execl(tmux, tmux, "-S", socket.c_str(), "-f", "/dev/null", "-D", nullptr);
              return 1;
          }} {
        BOOST_TEST_REQUIRE(eventually([&] { return ask({"show-options", "-s"}).first == 0; }));
        tell({"new-session", "-d", "-x", std::to_string(columns), "-y", std::to_string(rows),
              "trap : INT; " + command});
    }
    ~Terminal() {
        server_.kill();
        std::filesystem::remove(socket_);
    }
    Terminal(const Terminal&) = delete;
    Terminal& operator=(const Terminal&) = delete;

    /// Keys have tmux's names: "q", "Enter", "PageDown", "C-c".
    void press(std::vector<std::string> keys) const {
        keys.insert(keys.begin(), "send-keys");
        tell(keys);
    }

    void resize(int columns, int rows) const {
        tell({"resize-window", "-x", std::to_string(columns), "-y", std::to_string(rows)});
    }

    /// The lines of the screen.
    [[nodiscard]] std::string screen() const { return tell({"capture-pane", "-p"}); }
    /// The lines of the screen, with the sequences that set colours.
    [[nodiscard]] std::string coloured_screen() const { return tell({"capture-pane", "-p", "-e"}); }

    /// The first line that contains the text; empty when there is none.
    [[nodiscard]] std::string line_with(const std::string& text) const {
        const std::string all = screen();
        const auto place = all.find(text);
        if (place == all.npos) {
            return {};
        }
        const auto begin = all.rfind('\n', place) + 1; // npos + 1 is 0
        return all.substr(begin, all.find('\n', place) - begin);
    }

    /// Waits until one line contains all of these.
    [[nodiscard]] boost::test_tools::assertion_result
    shows(const std::vector<std::string>& texts) const {
        boost::test_tools::assertion_result result = eventually([&] {
            std::istringstream lines{screen()};
            for (std::string line; std::getline(lines, line);) {
                if (std::all_of(texts.begin(), texts.end(), [&](const std::string& text) {
                        return line.find(text) != line.npos;
                    })) {
                    return true;
                }
            }
            return false;
        });
        if (!result) {
            result.message() << "\n" << screen();
        }
        return result;
    }
    [[nodiscard]] bool stops_showing(const std::string& text) const {
        return eventually([&] { return line_with(text).empty(); });
    }

    [[nodiscard]] const Process& server() const { return server_; }

private:
    // The client's exit status and output. The client starts no server of its own.
    [[nodiscard]] std::pair<int, std::string> ask(std::vector<std::string> words) const {
        words.insert(words.begin(), {"-N", "-S", socket_});
        Process client{tmux, words, Capture::both};
        std::string answer = client.read_all();
        return {client.wait(), std::move(answer)};
    }

    std::string tell(const std::vector<std::string>& words) const {
        auto [status, answer] = ask(words);
        BOOST_TEST_REQUIRE(status == 0, answer);
        return answer;
    }

    std::string socket_ = std::filesystem::temp_directory_path() / unique_name().substr(1);
    Process server_;
};

} // namespace test
