// SPDX-License-Identifier: BSL-1.0

// without FEATURE[,FEATURE...] PROGRAM [ARGUMENT...]: runs the program, and the programs that it
// starts, as on a kernel that does not have these features. `without` alone prints their names. The
// exit status is the program's, or 77 where the system does not permit this.

#include <iostream>
#include <sstream>
#include <stdexcept>

#include <unistd.h>

#include "helpers/outcome.hpp"
#include "platforms/older_kernel.hpp"

namespace {

constexpr int not_permitted = 77;

bool lose_all(const std::string& features) {
    std::istringstream list{features};
    for (std::string feature; std::getline(list, feature, ',');) {
        if (!test::lose_kernel_feature(feature)) {
            return false;
        }
    }
    return true;
}

} // namespace

int main(int count, char** arguments) {
    if (count == 1) {
        for (const std::string& feature : test::kernel_features()) {
            std::cout << feature << '\n';
        }
        return test::done;
    }
    if (count < 3) {
        std::cerr << "without FEATURE[,FEATURE...] PROGRAM [ARGUMENT...]\n";
        return test::usage;
    }
    try {
        if (!lose_all(arguments[1])) {
            std::cerr << "without: this system does not permit seccomp(2)\n";
            return not_permitted;
        }
    } catch (const std::invalid_argument& error) {
        std::cerr << "without: " << error.what() << '\n';
        return test::usage;
    }
    execvp(arguments[2], arguments + 2);
    std::cerr << "without: " << arguments[2] << " cannot be executed\n";
    return test::no;
}
