// SPDX-License-Identifier: BSL-1.0
#include "crash/corruption/situation.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "crash/corruption/mutation.hpp"
#include "support/poll_fifo.hpp"

namespace hostile {
namespace {

std::string dead_letters_of(const std::string& name) { return name + "-dead"; }

crex::MessageQueueOptions options_for(QueueState queue_state, const std::string& dead_letters) {
    crex::MessageQueueOptions options{.max_messages = capacity,
                                      .max_message_size = item_size,
                                      .backend = crex::Backend::robust,
                                      .spin = 0};
    if (queue_state == QueueState::with_dead_letters) {
        options.max_attempts = 2;
        options.dead_letter = dead_letters;
    }
    if (queue_state == QueueState::until_unused) {
        options.lifetime = crex::Lifetime::until_unused;
    }
    return options;
}

[[noreturn]] void throw_errno(const char* what) {
    throw std::system_error{errno, std::generic_category(), what};
}

} // namespace

const char* to_string(QueueState queue_state) {
    constexpr std::array names{
        "empty",       "lane",      "full_lane", "index",     "full_index",
        "borrowed",    "abandoned", "recovered", "shut_down", "with_dead_letters",
        "until_unused"};
    static_assert(names.size() == queue_states);
    return names[static_cast<std::size_t>(queue_state)];
}

Mapping::Mapping(const std::string& path) {
    const int fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
    struct stat status {};
    if (fd < 0 || fstat(fd, &status) != 0) {
        throw_errno(path.c_str());
    }
    const auto size = static_cast<std::size_t>(status.st_size);
    void* const memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    ::close(fd);
    if (memory == MAP_FAILED) {
        throw_errno("mmap");
    }
    bytes_ = {static_cast<std::byte*>(memory), size};
}

Mapping::~Mapping() { munmap(bytes_.data(), bytes_.size()); }

Situation::Situation(std::string name, QueueState queue_state) : name_{std::move(name)} {
    handle_.emplace(name_, crex::O_CREX, options_for(queue_state, dead_letters_of(name_)));
    other_.emplace(open_another());
    mapping_ = std::make_unique<Mapping>(path_of(name_));
    arrange(queue_state);
    whole_.assign(bytes().begin(), bytes().end());
}

// Loans and leases go back first, to the restored queue.
Situation::~Situation() {
    (void)restore();
    leases_.clear();
    loans_.clear();
    other_.reset();
    handle_.reset();
    clean_up_after(name_);
}

crex::MessageQueue Situation::open_another() const {
    return crex::MessageQueue{name_, 0, {.backend = crex::Backend::robust, .spin = 0}};
}

bool Situation::restore() {
    std::copy(whole_.begin(), whole_.end(), bytes().begin());
    struct stat status {};
    return stat(path_of(name_).c_str(), &status) == 0;
}

void Situation::send(int count, unsigned priority) {
    for (int i = 0; i < count; ++i) {
        (void)handle_->try_send(std::string(static_cast<std::size_t>(i) * 30 % item_size, 'm'),
                                priority);
    }
}

void Situation::arrange(QueueState queue_state) {
    switch (queue_state) {
    case QueueState::empty:
        return;
    case QueueState::lane:
        send(4, 0);
        (void)handle_->receive();
        return;
    case QueueState::full_lane:
        return send(capacity, 3);
    case QueueState::index:
        send(2, 7);
        send(1, 32767);
        send(1, 0);
        (void)handle_->receive();
        return send(1, 7);
    case QueueState::full_index:
        send(3, 1);
        return send(3, 64);
    case QueueState::borrowed:
        send(4, 1);
        leases_.push_back(other_->lease());
        leases_.push_back(handle_->lease());
        loans_.push_back(other_->loan(10));
        return;
    case QueueState::abandoned:
        send(4, 1);
        return abandon();
    case QueueState::recovered:
        send(4, 1);
        abandon();
        return handle_->repair();
    case QueueState::shut_down:
        send(2, 0);
        return handle_->shutdown();
    case QueueState::with_dead_letters:
        send(3, 0);
        return handle_->lease().nack();
    case QueueState::until_unused:
        return send(2, 5);
    }
}

// A child process dies with a loan and a lease, and in the middle of a change.
void Situation::abandon() const {
    const pid_t child = fork();
    if (child == 0) {
        auto mine = open_another();
        const auto lease = mine.lease();
        const auto loan = mine.loan(20);
        const Mapping mapping{path_of(name_)};
        forge_holder(mapping.bytes(), End::senders, 2); // the two handles come before
        _exit(0);
    }
    if (child < 0 || waitpid(child, nullptr, 0) != child) {
        throw_errno("fork");
    }
}

std::string path_of(const std::string& name) { return "/dev/shm/crex-mq." + name.substr(1); }

void clean_up_after(const std::string& name) {
    for (const auto& path : {path_of(name), path_of(dead_letters_of(name))}) {
        ::unlink(test::poll_fifo_of(path).c_str());
        ::unlink(path.c_str());
    }
}

} // namespace hostile
