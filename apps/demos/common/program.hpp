// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <functional>

#include "common/command_line.hpp"
#include "common/errors.hpp"

namespace demo {

// The main() of every demo program: reads the parameters, handles signals, runs `body`, and turns
// an exception into a message and an exit status.
int run(int argc, char** argv, const Program& program,
        const std::function<ExitStatus(const Parameters&)>& body);

} // namespace demo
