// SPDX-License-Identifier: BSL-1.0
#include "support/program.hpp"

#include <stdexcept>

namespace test {

Program::Program(const std::string& path, const std::vector<std::string>& arguments)
    : process_{path, arguments, Capture::both}, reader_{[this] { read_to_the_end(); }} {}

Program::~Program() {
    if (reader_.joinable()) { // wait() was not called
        kill();
    }
}

void Program::kill() {
    process_.kill();
    wait();
}

void Program::read_to_the_end() {
    for (bool more = true; more;) {
        const std::string text = process_.read_some();
        const std::lock_guard lock{mutex_};
        output_ += text;
        more = !text.empty();
        ended_ = !more;
        changed_.notify_all();
    }
}

void Program::await_output(const std::string& text) {
    std::unique_lock lock{mutex_};
    const auto said = [&] { return output_.find(text) != output_.npos; };
    changed_.wait(lock, [&] { return ended_ || said(); });
    if (!said()) {
        throw std::runtime_error{"it has ended without saying \"" + text + "\": " + output_};
    }
}

int Program::wait() {
    const int status = process_.wait();
    if (reader_.joinable()) {
        reader_.join();
    }
    return status;
}

std::string Program::output() const {
    const std::lock_guard lock{mutex_};
    return output_;
}

} // namespace test
