// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cerrno>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include <crex/error.hpp>

#include "common/errors.hpp"
#include "common/named_object.hpp"
#include "common/signals.hpp"

namespace demo {

// For Premise, which creates the objects: calls `create`. When a name is taken, throws LeftOver,
// which says which of `objects` exist.
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

// For Conclusion, which opens them: calls `try_open` for a second, until it returns something.
// Premise may have just been started; a Premise written in C creates its memory before that has a
// size.
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
