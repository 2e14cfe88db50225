// SPDX-License-Identifier: BSL-1.0

// Makes crex's schema in the test run's server:  postgres_prepare PARAMETERS

#include <exception>
#include <iostream>

#include <crex/postgres.hpp>

int main(int argc, char** argv) {
    try {
        crex::create_postgres_schema(argc > 1 ? argv[1] : "");
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
}
