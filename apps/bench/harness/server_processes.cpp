// SPDX-License-Identifier: BSL-1.0
#include "harness/server_processes.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace bench {

namespace {

std::string directory() {
    const char* const text = std::getenv("CREX_BENCH_SERVER");
    return text != nullptr ? text : "";
}

std::string postmaster() {
    std::string pid;
    std::getline(std::ifstream{directory() + "/data/postmaster.pid"}, pid);
    return pid;
}

// What a file begins with; 0 when a process has just ended.
double first_number(const std::filesystem::path& path) {
    double number = 0;
    std::ifstream{path} >> number;
    return number;
}

} // namespace

bool has_server() { return !directory().empty(); }

std::string server_parameters() { return "host=" + directory() + " user=crex dbname=postgres"; }

double server_processor_ns() {
    const std::string parent = postmaster();
    std::string children;
    std::getline(std::ifstream{"/proc/" + parent + "/task/" + parent + "/children"}, children);
    double total = 0;
    for (std::size_t begin = 0; begin < children.size();) {
        const std::size_t end = std::min(children.find(' ', begin), children.size());
        total += first_number("/proc/" + children.substr(begin, end - begin) + "/schedstat");
        begin = end + 1;
    }
    if (total == 0) {
        throw std::runtime_error{"the kernel does not tell the server's processor time"};
    }
    return total;
}

} // namespace bench
