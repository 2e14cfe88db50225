// SPDX-License-Identifier: BSL-1.0

// Specific to the kernel's queues: their limits and their descriptors.

#include <fstream>

#include <boost/test/unit_test.hpp>

#include <mqueue.h>
#include <sys/resource.h>
#include <unistd.h>

#include "helpers/outcome.hpp"
#include "support/expect.hpp"
#include "support/kinds.hpp"
#include "support/process.hpp"
#include "support/unique_name.hpp"

using namespace test;

namespace {

std::size_t kernel_limit(const std::string& name) {
    std::size_t limit = 0;
    std::ifstream{"/proc/sys/fs/mqueue/" + name} >> limit;
    return limit;
}

crex::MessageQueueOptions sized(std::size_t messages, std::size_t size) {
    return {.max_messages = messages, .max_message_size = size, .backend = crex::Backend::posix};
}

// Root may exceed msg_max, but not this limit (HARD_MSGMAX and HARD_MSGSIZEMAX in the kernel).
constexpr std::size_t more_messages_than_anybody_gets = 1'000'000;
constexpr std::size_t more_bytes_than_anybody_gets = std::size_t{1} << 26;

} // namespace

BOOST_AUTO_TEST_CASE(too_many_messages_name_the_kernels_limit) {
    const std::string name = unique_name();
    const auto error = thrown_by<std::invalid_argument>([&] {
        crex::MessageQueue(name, crex::O_CREX, sized(more_messages_than_anybody_gets, 64));
    });
    BOOST_TEST(contains(error.what(), "msg_max"), error.what());
    BOOST_TEST(contains(error.what(), std::to_string(kernel_limit("msg_max"))), error.what());
    BOOST_TEST(contains(error.what(), "ever allows (65536"), error.what());
    BOOST_TEST(!PosixQueues::try_open(name));
}

// Root may exceed the kernel's soft limits. The error tells an ordinary user how to raise them.
BOOST_AUTO_TEST_CASE(an_ordinary_user_is_told_how_to_raise_a_limit) {
    const auto messages = std::to_string(kernel_limit("msg_max") + 1);
    auto peer = Process{helper_path("peer"),
                        {"as-nobody", "create-queue", "posix", unique_name(), messages},
                        Capture::both};
    const std::string said = peer.read_all();
    BOOST_TEST(peer.wait() == invalid_argument);
    BOOST_TEST(contains(said, "sysctl fs.mqueue.msg_max=" + messages), said);
}

BOOST_AUTO_TEST_CASE(too_long_messages_name_the_kernels_limit) {
    const std::string name = unique_name();
    const auto error = thrown_by<std::invalid_argument>(
        [&] { crex::MessageQueue(name, crex::O_CREX, sized(1, more_bytes_than_anybody_gets)); });
    BOOST_TEST(contains(error.what(), "msgsize_max"), error.what());
}

BOOST_AUTO_TEST_CASE(a_full_quota_is_an_error_that_names_it) {
    const std::string name = unique_name();
    rlimit before{};
    getrlimit(RLIMIT_MSGQUEUE, &before);
    const rlimit little{1, before.rlim_max};
    setrlimit(RLIMIT_MSGQUEUE, &little);
    const auto error =
        thrown_by<crex::Error>([&] { crex::MessageQueue(name, crex::O_CREX, sized(1, 64)); });
    setrlimit(RLIMIT_MSGQUEUE, &before);
    BOOST_TEST(error.code().value() == EMFILE);
    BOOST_TEST(contains(error.what(), "RLIMIT_MSGQUEUE"), error.what());
}

BOOST_AUTO_TEST_CASE(the_descriptor_serves_the_kernels_own_calls) {
    crex::MessageQueue queue{std::nullopt, crex::O_CREX, sized(4, 64)};
    const Removed<PosixQueues> removed{queue.name()};
    mq_attr attributes{};
    BOOST_TEST(mq_getattr(queue.mqd(), &attributes) == 0);
    BOOST_TEST(attributes.mq_maxmsg == 4);
    BOOST_TEST(attributes.mq_msgsize == 64);
    queue.close();
    BOOST_TEST(queue.mqd() == -1);
}

BOOST_AUTO_TEST_CASE(only_the_kernels_queues_have_a_descriptor) {
    const crex::MessageQueue queue{std::nullopt, crex::O_CREX, {.backend = crex::Backend::boost}};
    const Removed<BoostQueues> removed{queue.name()};
    BOOST_TEST(queue.mqd() == -1);
}
