// SPDX-License-Identifier: BSL-1.0

// A program that could use a server: here there is none.

#include <iostream>

#include <crex/crex.hpp>
#include <crex/postgres.hpp>

int main() {
    try {
        crex::PostgresServer server{"host=/nonexistent"};
    } catch (const crex::ConnectionError& error) {
        std::cout << error.what() << std::endl;
        return error.may_have_happened() ? 1 : 0;
    }
    return 1;
}
