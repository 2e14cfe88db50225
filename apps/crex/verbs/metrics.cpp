// SPDX-License-Identifier: BSL-1.0
#include <iostream>

#include "invocation.hpp"
#include "metrics/metrics.hpp"
#include "metrics/server.hpp"

namespace cli {
namespace {

MetricsScope scope_of(const Invocation& given) {
    MetricsScope scope;
    scope.prefix = given.value("prefix");
    scope.max_objects = given.number("max-objects").value_or(scope.max_objects);
    return scope;
}

ExitStatus run_metrics(const Invocation& given) {
    Metrics all{scope_of(given)};
    if (const auto address = given.value("listen")) {
        serve({*address, given.has("allow-remote")}, [&all] { return all.text(); });
    }
    if (given.has("allow-remote")) {
        throw UsageError{"--allow-remote is for --listen"};
    }
    std::cout << all.text();
    return fine;
}

} // namespace

extern const Verb metrics{
    .name = "metrics",
    .arguments = "",
    .at_least = 0,
    .at_most = 0,
    .summary = "print what objects do, for Prometheus",
    .description =
        R"(Writes all objects as metrics in Prometheus' text format: how full queues are, how many
messages went through, which objects have waiters, how often robust objects were recovered, and what
is left over. crex's page on metrics (lib/doc/metrics.md) lists them.

With --listen, it prints the URL and serves the metrics there by HTTP until a signal ends it. Every
user of this machine can read them there, and so the names of all objects that this crex sees. Only
addresses of this machine itself are accepted, unless --allow-remote is given.

Each object has the labels kind and name; the name is what crex ls shows. What an object does not
have, or what is not known, has no sample. Robust queues and rings count what goes through them, so
rate() tells how much that is a second. Objects without a name are only counted.

Looking does no harm: files are read and not mapped, nothing is locked, nothing is opened for use,
and the kernel is not asked for its own count of users, since other processes would wait for that
in open(2). So another user's file, or in a container any file without a record of its own, may have
no known state. However often the metrics are read, looking takes at most a fourth of the time.)",
    .options = {{"listen,l", "ADDRESS:PORT",
                 "serve the metrics by HTTP at /metrics; port 0 is a free one"},
                {"allow-remote", nullptr,
                 "let --listen have an address that other machines can reach"},
                {"prefix", "P", "only what is called P...; or KIND:P..., only of that kind"},
                {"max-objects", "N",
                 "at most N objects with series of their own, robust ones first; 2000, unless "
                 "given"}},
    .more = {{"EXAMPLES",
              R"( crex metrics --prefix crex-mq:/jobs
 crex metrics --listen 127.0.0.1:9464 &
 # full, and nothing received for five minutes:
 #   crex_queue_messages == crex_queue_max_messages
 #   and rate(crex_queue_received_total[5m]) == 0)"}},
    .completes = Completes::nothing,
    .run = run_metrics,
};

} // namespace cli
