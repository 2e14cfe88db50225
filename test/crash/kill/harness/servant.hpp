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

struct Order {
    int verb = 0;
    int argument = 0;
    std::array<char, 120> name{};
};

struct Report {
    Fault fault = Fault::none;
    int milliseconds = 0; // of the slowest single call
    std::array<char, 600> text{};
};

Order order(int verb, int argument = 0, const std::string& name = {});
Report report(Fault fault, const std::string& text, int milliseconds = 0);

/// A process that carries out commands, each within a time limit. Its report says what it threw, or
/// what killed it. A process that hangs is killed, and the next command goes to a new one.
class Servant {
public:
    using Serve = std::function<Report(const Order&)>;

    explicit Servant(Serve serve) : serve_{std::move(serve)} {}
    ~Servant() { dismiss(); }
    Servant(const Servant&) = delete;
    Servant& operator=(const Servant&) = delete;

    void tell(const Order& order);

    /// Whether the result of the last command has arrived; then answer() returns at once.
    [[nodiscard]] bool has_answered(std::chrono::milliseconds within);
    Report answer(std::chrono::milliseconds limit);

    Report ask(const Order& order, std::chrono::milliseconds limit);

    void dismiss();
    [[nodiscard]] pid_t pid() const { return child_->pid(); }

private:
    void start();

    Serve serve_;
    std::optional<Child> child_;
    int socket_ = -1;
};

} // namespace crash
