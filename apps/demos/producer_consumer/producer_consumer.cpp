// SPDX-License-Identifier: BSL-1.0
#include <algorithm>
#include <exception>
#include <iostream>
#include <vector>

#include "common/errors.hpp"
#include "common/signals.hpp"
#include "producer_consumer/options.hpp"
#include "producer_consumer/run.hpp"
#include "producer_consumer/table.hpp"

using namespace demo;

namespace {

void say_what_comes(const Options& options) {
    std::cout << options.items << " items of " << options.size.item << " bytes, "
              << options.size.producers << " producers, " << options.size.consumers
              << " consumers\n"
              << std::endl;
}

ExitStatus run_all(const Options& options) {
    if (!options.quiet) {
        say_what_comes(options);
    }
    std::vector<Result> results;
    for (const Method& method : options.methods) {
        results.push_back(run(method, options));
    }
    print_table(std::cout, results);
    const bool all_fine = std::all_of(results.begin(), results.end(), [](const Result& result) {
        return result.outcome.is_fine();
    });
    return all_fine ? fine : corruption;
}

} // namespace

int main(int argc, char** argv) try {
    const auto options = options_from(argc, argv);
    if (!options) {
        return fine;
    }
    catch_signals();
    return run_all(*options);
} catch (const UsageError& error) {
    std::cerr << "producer_consumer: " << error.what() << '\n';
    return usage;
} catch (const std::exception& error) {
    std::cerr << "producer_consumer: " << error.what() << '\n';
    return failure;
}
