// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <sys/stat.h>

#include "support/process.hpp"
#include "support/unique_name.hpp"

namespace test {

/// A program with a user at its keyboard.
class Typist {
public:
    Typist(const std::string& program, const std::vector<std::string>& arguments)
        : program_{"/bin/sh", {"-c", command(program, arguments)}, Capture::both}, keys_{fifo_} {
        std::filesystem::remove(fifo_);
    }

    void type(const std::string& line) { keys_ << line << std::endl; }
    void end_input() { keys_.close(); }

    Process& program() { return program_; }

private:
    static std::string made_fifo() {
        const auto path = std::filesystem::temp_directory_path() / unique_name().substr(1);
        BOOST_TEST_REQUIRE(mkfifo(path.c_str(), 0600) == 0);
        return path;
    }

    [[nodiscard]] std::string command(const std::string& program,
                                      const std::vector<std::string>& arguments) const {
        std::ostringstream text;
        text << "exec " << shell_word(program);
        for (const auto& each : arguments) {
            text << ' ' << shell_word(each);
        }
        text << " <" << shell_word(fifo_);
        return text.str();
    }

    std::string fifo_ = made_fifo();
    Process program_;
    std::ofstream keys_;
};

} // namespace test
