// SPDX-License-Identifier: BSL-1.0
#include <array>
#include <iostream>
#include <memory>

#include <crex/error.hpp>

#include "objects/server.hpp"
#include "objects/target.hpp"
#include "process/interruption.hpp"

namespace cli {
namespace {

std::uint64_t purged(crex::MessageQueue& queue) {
    const std::size_t size = std::max(queue.max_message_size(), std::size_t{1} << 16);
    const auto buffer = std::make_unique_for_overwrite<std::byte[]>(size);
    std::array<crex::ReceivedMessage, 256> received{};
    std::uint64_t count = 0;
    // Takes no more than were there, so that it ends even if senders go on sending.
    for (std::size_t left = queue.current_messages(); left != 0;) {
        const auto wanted = std::span{received}.first(std::min(left, received.size()));
        const std::size_t more =
            queue.receive_many_into({buffer.get(), size}, wanted, crex::do_not_wait);
        count += more;
        left = more == 0 ? 0 : left - more;
        end_if_interrupted();
    }
    return count;
}

ExitStatus run_mq_purge(const Invocation& given) {
    crex::MessageQueue queue = open_queue(given, May::receive);
    const std::uint64_t count = purged(queue);
    if (given.has("verbose")) {
        std::cout << count << '\n';
    }
    return fine;
}

} // namespace

extern const Verb mq_purge{
    .name = "mq purge",
    .arguments = "NAME",
    .at_least = 1,
    .at_most = 1,
    .summary = "throw a queue's messages away",
    .description =
        R"(Takes as many messages as are there now, and drops them. Messages that a consumer of a
robust queue has on lease are not among them.)",
    .options = {{"verbose,v", nullptr, "say how many"},
                {"backend,b", "BACKEND", "robust, boost or posix, where several have the name"},
                at_option},
    .more = {},
    .completes = Completes::names,
    .run = run_mq_purge,
};

} // namespace cli
