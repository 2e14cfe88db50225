// SPDX-License-Identifier: BSL-1.0
#include <crex/server.hpp>

namespace crex {

Server::Server() = default;
Server::~Server() = default;

} // namespace crex
