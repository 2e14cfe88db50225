// SPDX-License-Identifier: BSL-1.0
#include "postgres/parameters.hpp"

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <string_view>

#include <libpq-fe.h>
#include <unistd.h>

namespace crex::detail::postgres {
namespace {

using Options = std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)>;

std::vector<std::pair<std::string, std::string>> set_ones(const PQconninfoOption* option) {
    std::vector<std::pair<std::string, std::string>> result;
    for (; option != nullptr && option->keyword != nullptr; ++option) {
        if (option->val != nullptr) {
            result.emplace_back(option->keyword, option->val);
        }
    }
    return result;
}

// One host of a list.
bool is_local_host(std::string_view host) {
    return host.empty() || host.starts_with('/') || host.starts_with('@') || host == "localhost" ||
           host.starts_with("127.") || host == "::1";
}

// The parts of a list, at least one.
std::vector<std::string> split(const std::string& list) {
    std::vector<std::string> result;
    for (std::size_t begin = 0; begin <= list.size();) {
        const std::size_t end = std::min(list.find(',', begin), list.size());
        result.push_back(list.substr(begin, end - begin));
        begin = end + 1;
    }
    return result;
}

// Where libpq looks for one by itself.
bool has_own_root_certificate() {
    const char* const home = std::getenv("HOME");
    return home != nullptr &&
           access((std::string{home} + "/.postgresql/root.crt").c_str(), R_OK) == 0;
}

} // namespace

Parameters::Parameters(const Call& call, const std::string& connection_string) {
    char* error = nullptr;
    const Options options{PQconninfoParse(connection_string.c_str(), &error), PQconninfoFree};
    if (!options) {
        std::string cause = error != nullptr ? error : "out of memory";
        PQfreemem(error);
        while (!cause.empty() && cause.back() == '\n') {
            cause.pop_back();
        }
        // libpq quotes what it does not understand, which may be a part of a password.
        throw_invalid(call, connection_string.find("pass") == std::string::npos &&
                                    connection_string.find("://") == std::string::npos
                                ? cause
                                : "it is not a connection string of libpq");
    }
    given_ = set_ones(options.get());
    for (const auto& [keyword, value] : given_) {
        if (keyword == "password" || keyword == "sslpassword") {
            throw_invalid(call, "a password must not be in the connection string, which others may "
                                "see: use ~/.pgpass or a service file");
        }
    }
    resolve();
    const auto is_set = [&](const char* keyword, const char* variable) {
        return std::any_of(given_.begin(), given_.end(),
                           [&](const auto& each) { return each.first == keyword; }) ||
               std::getenv(variable) != nullptr;
    };
    // "prefer" is what libpq takes if nothing is said. It does not protect the password.
    if (!is_set("sslmode", "PGSSLMODE") && value_of("sslmode") == "prefer" && !is_local()) {
        set_default("sslmode", "verify-full");
        if (value_of("sslrootcert").empty() && !has_own_root_certificate()) {
            set_default("sslrootcert", "/etc/ssl/certs/ca-certificates.crt");
        }
    }
    if (!is_set("target_session_attrs", "PGTARGETSESSIONATTRS")) {
        set_default("target_session_attrs", "read-write");
    }
    if (!is_set("connect_timeout", "PGCONNECT_TIMEOUT")) {
        set_default("connect_timeout", "5");
    }
    set_default("fallback_application_name", "crex");
    set_default("client_encoding", "UTF8");
}

void Parameters::set_default(const std::string& keyword, const std::string& value) {
    if (std::none_of(given_.begin(), given_.end(),
                     [&](const auto& each) { return each.first == keyword; })) {
        set(keyword, value);
    }
}

void Parameters::set(const std::string& keyword, const std::string& value) {
    for (auto* const list : {&given_, &known_}) {
        std::erase_if(*list, [&](const auto& each) { return each.first == keyword; });
        list->emplace_back(keyword, value);
    }
}

// What libpq makes of them, with the environment and the service file. It tells that only of a
// connection that has begun; nothing secret is sent before the next call.
void Parameters::resolve() {
    const std::unique_ptr<PGconn, decltype(&PQfinish)> pg{
        PQconnectStartParams(keywords().data(), values().data(), 0), PQfinish};
    const Options options{PQconninfo(pg.get()), PQconninfoFree};
    known_ = set_ones(options.get());
    std::erase_if(known_, [](const auto& each) { return each.first.ends_with("password"); });
}

std::string Parameters::value_of(const std::string& keyword) const {
    const auto found = std::find_if(known_.begin(), known_.end(),
                                    [&](const auto& each) { return each.first == keyword; });
    return found != known_.end() ? found->second : std::string{};
}

std::vector<std::string> Parameters::hosts() const {
    return split(value_of(value_of("hostaddr").empty() ? "host" : "hostaddr"));
}

bool Parameters::is_local() const {
    const auto its = hosts();
    return std::all_of(its.begin(), its.end(), is_local_host);
}

std::vector<Parameters> Parameters::each_host() const {
    std::vector<Parameters> result(hosts().size(), *this);
    if (result.size() == 1) {
        return result;
    }
    for (const char* const keyword : {"host", "hostaddr", "port"}) {
        const auto parts = split(value_of(keyword));
        for (std::size_t i = 0; parts.size() == result.size() && i < parts.size(); ++i) {
            result[i].set(keyword, parts[i]);
        }
    }
    return result;
}

std::chrono::milliseconds Parameters::connecting_limit() const {
    constexpr int longest = 60;
    const int seconds = std::atoi(value_of("connect_timeout").c_str());
    return std::chrono::seconds{seconds > 0 && seconds < longest ? seconds : longest};
}

std::vector<const char*> Parameters::keywords() const {
    std::vector<const char*> result;
    for (const auto& each : given_) {
        result.push_back(each.first.c_str());
    }
    result.push_back(nullptr);
    return result;
}

std::vector<const char*> Parameters::values() const {
    std::vector<const char*> result;
    for (const auto& each : given_) {
        result.push_back(each.second.c_str());
    }
    result.push_back(nullptr);
    return result;
}

std::string Parameters::description() const {
    if (const std::string service = value_of("service"); !service.empty()) {
        return "service " + service;
    }
    const std::string database = value_of("dbname");
    const std::string host = value_of("host");
    return (database.empty() ? "PostgreSQL" : database) + (host.empty() ? "" : " at " + host);
}

} // namespace crex::detail::postgres
