// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "child.hpp"
#include "contents.hpp"

namespace crash {

struct Command {
    int verb = 0;
    int argument = 0;
    std::array<char, 120> name{};
};

struct Report {
    Fault fault = Fault::none;
    int milliseconds = 0; // of the slowest single call
    std::array<char, 600> text{};
};

Command command(int verb, int argument = 0, const std::string& name = {});
Report report(Fault fault, const std::string& text, int milliseconds = 0);

/// A process that carries out commands, each within a time limit. Its report says what it threw, or
/// what killed it. A process that hangs is killed, and the next command goes to a new one.
class CommandProcess {
public:
    using Handler = std::function<Report(const Command&)>;

    explicit CommandProcess(Handler handler) : handler_{std::move(handler)} {}
    ~CommandProcess() { dismiss(); }
    CommandProcess(const CommandProcess&) = delete;
    CommandProcess& operator=(const CommandProcess&) = delete;

    void tell(const Command& command);

    /// Whether the result of the last command has arrived; then answer() returns at once.
    [[nodiscard]] bool has_answered(std::chrono::milliseconds within);
    Report answer(std::chrono::milliseconds limit);

    Report ask(const Command& command, std::chrono::milliseconds limit);

    void dismiss();
    [[nodiscard]] pid_t pid() const { return child_->pid(); }

private:
    void start();

    Handler handler_;
    std::optional<Child> child_;
    int socket_ = -1;
};

} // namespace crash
