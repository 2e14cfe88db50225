// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <exception>
#include <span>
#include <string>

#include <crex/message_queue.hpp>
#include <crex/postgres.hpp>
#include <crex/robust_semaphore.hpp>

#include "harness/server_processes.hpp"
#include "subjects/subject.hpp"

namespace bench {

// crex::postgres.
class CrexServer : public Properties {
public:
    static void create(const std::string& object) {
        if (!crex::find_postgres_schema(server_parameters())) {
            crex::create_postgres_schema(server_parameters());
        }
        crex::PostgresServer server{server_parameters()};
        crex::MessageQueue{object,
                           crex::O_CREX,
                           {.max_messages = 1U << 24, .max_message_size = 64, .at = &server}};
        crex::RobustSemaphore{object, crex::O_CREX, {.at = &server}};
    }

    static void remove(const std::string& object) noexcept {
        if (!has_server()) {
            return;
        }
        try {
            crex::PostgresServer server{server_parameters()};
            crex::unlink_message_queue(object, server);
            crex::unlink_robust_semaphore(object, server);
        } catch (const std::exception&) { // never made
        }
    }

    explicit CrexServer(const std::string& object)
        : queue_{object, 0, {.at = &server_}}, semaphore_{object, 0, {.at = &server_}} {}

    void send(std::span<const std::span<const std::byte>> bodies) {
        if (bodies.size() == 1) {
            queue_.send(bodies.front());
        } else {
            queue_.send_many(bodies);
        }
    }
    void receive() { (void)queue_.receive(); }
    void acquire_permit() { semaphore_.acquire(); }
    void release_permit() { semaphore_.release(); }

private:
    crex::PostgresServer server_{server_parameters()};
    crex::MessageQueue queue_;
    crex::RobustSemaphore semaphore_;
};

} // namespace bench
