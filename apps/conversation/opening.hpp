// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cerrno>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include <crex/error.hpp>

#include "conversation/errors.hpp"
#include "conversation/named_object.hpp"
#include "conversation/signals.hpp"

namespace demo {

// Premise creates what they converse over: calls `create`, and when a name turns out to be taken
// throws LeftOver, which says what there is of `objects`.
template <class Create>
auto create_or_explain(const std::vector<NamedObject>& objects, const Parameters& parameters,
                       Create create) {
    try {
        return create();
    } catch (const crex::ExistentialError& error) {
        if (error.code().value() != EEXIST) {
            throw;
        }
        throw LeftOver{leftovers(objects, parameters)};
    }
}

// Conclusion opens it: calls `try_open` until it answers something, for a second. Premise, just
// started, may not have got that far; one written in C creates her memory before it has a size.
template <class TryOpen> auto open_soon(const std::string& complaint, TryOpen try_open) {
    using namespace std::chrono_literals;
    const auto deadline = std::chrono::steady_clock::now() + 1s;
    for (;;) {
        throw_if_interrupted();
        if (auto opened = try_open()) {
            return *std::move(opened);
        }
        if (std::chrono::steady_clock::now() >= deadline) {
            throw crex::ExistentialError{ENOENT, complaint};
        }
        std::this_thread::sleep_for(10ms);
    }
}

} // namespace demo
