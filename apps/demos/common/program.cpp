// SPDX-License-Identifier: BSL-1.0
#include "common/program.hpp"

#include <exception>
#include <iostream>

#include <crex/error.hpp>

#include "common/signals.hpp"

namespace demo {

int run(int argc, char** argv, const Program& program,
        const std::function<ExitStatus(const Parameters&)>& body) {
    const auto fail = [&](const std::exception& error, ExitStatus status) {
        std::cout.flush();
        std::cerr << program.name << ": " << error.what() << '\n';
        return status;
    };
    try {
        const auto parameters = parameters_from(argc, argv, program);
        if (!parameters) {
            return fine;
        }
        catch_signals();
        return body(*parameters);
    } catch (const UsageError& error) {
        return fail(error, usage);
    } catch (const crex::SignalError&) {
        return fail(Interrupted{}, failure);
    } catch (const std::exception& error) {
        return fail(error, failure);
    }
}

} // namespace demo
