// SPDX-License-Identifier: BSL-1.0

// The named objects are those of sem_open(3), shm_open(3) and mq_open(3).

#include <array>
#include <cstring>

#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <mqueue.h>
#include <semaphore.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/kinds.hpp"
#include "support/unique_name.hpp"

using namespace test;

namespace {

class CSemaphore {
public:
    template <class... Creation>
    explicit CSemaphore(const std::string& name, int flags = 0, Creation... mode_and_value)
        : semaphore_{sem_open(name.c_str(), flags, mode_and_value...)} {
        BOOST_TEST_REQUIRE(semaphore_ != SEM_FAILED, std::strerror(errno));
    }
    ~CSemaphore() { sem_close(semaphore_); }
    CSemaphore(const CSemaphore&) = delete;
    CSemaphore& operator=(const CSemaphore&) = delete;

    operator sem_t*() const { return semaphore_; }

    [[nodiscard]] int value() const {
        int value = -1;
        sem_getvalue(semaphore_, &value);
        return value;
    }

private:
    sem_t* semaphore_;
};

class CMemory {
public:
    explicit CMemory(const std::string& name, int flags = 0)
        : fd_{shm_open(name.c_str(), flags | O_RDWR, 0600)} {
        BOOST_TEST_REQUIRE(fd_ >= 0, std::strerror(errno));
    }
    ~CMemory() {
        if (bytes_ != MAP_FAILED) {
            munmap(bytes_, size_);
        }
        close(fd_);
    }
    CMemory(const CMemory&) = delete;
    CMemory& operator=(const CMemory&) = delete;

    [[nodiscard]] int fd() const { return fd_; }

    char* map(std::size_t size) {
        size_ = size;
        bytes_ = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd_, 0);
        BOOST_TEST_REQUIRE(bytes_ != MAP_FAILED, std::strerror(errno));
        return static_cast<char*>(bytes_);
    }

private:
    int fd_;
    void* bytes_ = MAP_FAILED;
    std::size_t size_ = 0;
};

constexpr long capacity = 4;
constexpr long longest = 64;

class CQueue {
public:
    explicit CQueue(const std::string& name, int flags = 0) {
        mq_attr attributes{};
        attributes.mq_maxmsg = capacity;
        attributes.mq_msgsize = longest;
        queue_ = mq_open(name.c_str(), flags | O_RDWR | O_NONBLOCK, 0600, &attributes);
        BOOST_TEST_REQUIRE(queue_ >= 0, std::strerror(errno));
    }
    ~CQueue() { mq_close(queue_); }
    CQueue(const CQueue&) = delete;
    CQueue& operator=(const CQueue&) = delete;

    void send(const std::string& body, unsigned priority) {
        BOOST_TEST(mq_send(queue_, body.data(), body.size(), priority) == 0, std::strerror(errno));
    }

    crex::Message receive() {
        std::array<char, longest> buffer{};
        unsigned priority = 0;
        const ssize_t size = mq_receive(queue_, buffer.data(), buffer.size(), &priority);
        BOOST_TEST_REQUIRE(size >= 0, std::strerror(errno));
        return {std::string(buffer.data(), static_cast<std::size_t>(size)), priority};
    }

private:
    mqd_t queue_;
};

template <class Kind> struct Named {
    std::string name = unique_name();
    Removed<Kind> removed{name};
};

struct SemaphoreName : Named<Semaphores> {};
struct MemoryName : Named<SharedMemories> {};
struct QueueName : Named<PosixQueues> {
    crex::MessageQueueOptions options{
        .max_messages = capacity, .max_message_size = longest, .backend = crex::Backend::posix};
};

} // namespace

BOOST_FIXTURE_TEST_CASE(sem_open_finds_our_semaphore, SemaphoreName) {
    crex::Semaphore ours{name, crex::O_CREX, {.initial_value = 2}};
    const CSemaphore theirs{name};
    BOOST_TEST(theirs.value() == 2);
    BOOST_TEST(sem_wait(theirs) == 0);
    BOOST_TEST(ours.value() == 1U);
    ours.release(4);
    BOOST_TEST(theirs.value() == 5);
}

BOOST_FIXTURE_TEST_CASE(semaphore_that_sem_open_made_is_found, SemaphoreName) {
    const CSemaphore theirs{name, O_CREAT | O_EXCL, 0600, 1U};
    crex::Semaphore ours{name};
    BOOST_TEST(ours.try_acquire());
    BOOST_TEST(!ours.try_acquire());
    BOOST_TEST(sem_post(theirs) == 0);
    BOOST_TEST(ours.try_acquire());
    ours.release();
    BOOST_TEST(sem_trywait(theirs) == 0);
}

BOOST_FIXTURE_TEST_CASE(sem_unlink_takes_our_name_away, SemaphoreName) {
    const crex::Semaphore ours{name, crex::O_CREX};
    BOOST_TEST(sem_unlink(name.c_str()) == 0);
    BOOST_TEST(!crex::Semaphore::try_open(name));
}

BOOST_FIXTURE_TEST_CASE(shm_open_finds_our_memory, MemoryName) {
    auto ours = crex::SharedMemory{name, crex::O_CREX, {.size = 100}}.map();
    CMemory theirs{name};
    struct stat status {};
    BOOST_TEST(fstat(theirs.fd(), &status) == 0);
    BOOST_TEST(status.st_size == 100);
    char* const bytes = theirs.map(100);
    ours.bytes()[99] = std::byte{'x'};
    BOOST_TEST(bytes[99] == 'x');
    bytes[0] = 'y';
    BOOST_TEST((ours.bytes()[0] == std::byte{'y'}));
}

BOOST_FIXTURE_TEST_CASE(memory_that_shm_open_made_is_found, MemoryName) {
    CMemory theirs{name, O_CREAT | O_EXCL};
    const crex::SharedMemory ours{name};
    BOOST_TEST(ours.size() == 0U);
    BOOST_TEST_REQUIRE(ftruncate(theirs.fd(), 100) == 0);
    BOOST_TEST(ours.size() == 100U);
    theirs.map(100)[99] = 'x';
    BOOST_TEST((ours.map().bytes()[99] == std::byte{'x'}));
}

BOOST_FIXTURE_TEST_CASE(mq_open_finds_our_queue, QueueName) {
    crex::MessageQueue ours{name, crex::O_CREX, options};
    CQueue theirs{name};
    ours.send("low", {}, 1);
    ours.send("high", {}, 9);
    BOOST_TEST(theirs.receive().body == "high");
    const auto [body, priority] = theirs.receive();
    BOOST_TEST(body == "low");
    BOOST_TEST(priority == 1U);
}

BOOST_FIXTURE_TEST_CASE(queue_that_mq_open_made_is_found, QueueName) {
    CQueue theirs{name, O_CREAT | O_EXCL};
    crex::MessageQueue ours{name, 0, {.backend = crex::Backend::posix}};
    BOOST_TEST(ours.max_messages() == std::size_t{capacity});
    BOOST_TEST(ours.max_message_size() == std::size_t{longest});
    theirs.send("low", 1);
    theirs.send("high", 9);
    BOOST_TEST(ours.receive().body == "high");
    const auto [body, priority] = ours.receive();
    BOOST_TEST(body == "low");
    BOOST_TEST(priority == 1U);
}

BOOST_FIXTURE_TEST_CASE(o_nonblock_of_another_descriptor_does_not_make_crex_busy, QueueName) {
    crex::MessageQueue ours{name, crex::O_CREX, options};
    CQueue theirs{name};
    BOOST_TEST(ours.block());
    theirs.send("message", 0);
    BOOST_TEST(ours.receive().body == "message");
}

BOOST_FIXTURE_TEST_CASE(the_highest_priority_passes_both_ways, QueueName) {
    crex::MessageQueue ours{name, crex::O_CREX, options};
    CQueue theirs{name};
    ours.send("", {}, crex::queue_priority_max);
    BOOST_TEST(theirs.receive().priority == crex::queue_priority_max);
    theirs.send("", crex::queue_priority_max);
    BOOST_TEST(ours.receive().priority == crex::queue_priority_max);
}
