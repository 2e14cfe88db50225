// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "common/errors.hpp"

namespace crex::detail::postgres {

// The parameters of a connection, for PQconnectStartParams(): those of a connection string, with
// what crex adds to it.
class Parameters {
public:
    // Throws std::invalid_argument when the string is none, or contains a password.
    Parameters(const Call& call, const std::string& connection_string);

    // One for each host, in their order: libpq does not leave a host that is silent, unless it may
    // block.
    [[nodiscard]] std::vector<Parameters> each_host() const;

    // How long a host may take to answer.
    [[nodiscard]] std::chrono::milliseconds connecting_limit() const;

    // Null-terminated. They are valid as long as this object.
    [[nodiscard]] std::vector<const char*> keywords() const;
    [[nodiscard]] std::vector<const char*> values() const;

    // "DATABASE at HOST", without secrets.
    [[nodiscard]] std::string description() const;

private:
    [[nodiscard]] std::string value_of(const std::string& keyword) const;
    [[nodiscard]] std::vector<std::string> hosts() const; // at least one, which may be empty
    [[nodiscard]] bool is_local() const;
    void resolve();
    void set(const std::string& keyword, const std::string& value);
    void set_default(const std::string& keyword, const std::string& value);

    std::vector<std::pair<std::string, std::string>> given_;
    std::vector<std::pair<std::string, std::string>>
        known_; // with the environment's and the service's
};

} // namespace crex::detail::postgres
