// SPDX-License-Identifier: BSL-1.0
#include "postgres/own_server.hpp"

#include <cstdlib>
#include <stdexcept>

#include <unistd.h>

namespace test {
namespace {

// Short: the path of a socket has at most 107 characters.
std::string new_directory() {
    static int count = 0;
    return "/tmp/crex-pg-" + std::to_string(getpid()) + "-" + std::to_string(++count);
}

} // namespace

OwnServer::OwnServer(NotStarted) : directory_{new_directory()} {}

OwnServer::OwnServer(const std::string& configuration) : OwnServer{NotStarted{}} {
    run("start", configuration);
}

OwnServer::OwnServer(NotStarted, const OwnServer& primary) : OwnServer{NotStarted{}} {
    run("standby", primary.directory_);
}

OwnServer OwnServer::standby_of(const OwnServer& primary) {
    return OwnServer{NotStarted{}, primary};
}

OwnServer::~OwnServer() {
    try {
        run("stop");
    } catch (const std::exception&) { // server.sh has said why
    }
}

void OwnServer::run(const std::string& action, const std::string& arguments) const {
    const std::string command = "sh " CREX_TEST_POSTGRES_SCRIPT " " + action + " " + directory_ +
                                " " CREX_TEST_POSTGRES_BIN " " + arguments;
    if (std::system(command.c_str()) != 0) {
        throw std::runtime_error{"failed: " + command};
    }
}

} // namespace test
