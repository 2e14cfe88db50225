// SPDX-License-Identifier: BSL-1.0
#include "platform/fork.hpp"

#include <mutex>
#include <new>
#include <type_traits>

#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include "platform/fork_safe_singleton.hpp"

namespace crex::detail {
namespace {

// The kernel zeroes this page in a child (MADV_WIPEONFORK), also in one made by a bare clone(2),
// for which pthread_atfork(3) does nothing. Before Linux 4.14 it does not; an at-fork handler then
// zeroes the word, so that only a child of a bare clone(2) goes unnoticed.
class Page {
public:
    Page() {
        if (memory_ == MAP_FAILED) {
            throw std::bad_alloc{};
        }
        madvise(memory_, size_, MADV_WIPEONFORK);
        word = new (memory_) std::atomic<std::uint64_t>{0};
    }
    ~Page() { munmap(memory_, size_); }
    Page(const Page&) = delete;
    Page& operator=(const Page&) = delete;

    std::atomic<std::uint64_t>* word = nullptr;

private:
    std::size_t size_ = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    void* memory_ =
        mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
};

constinit ForkSafeSingleton<Page> page;

std::atomic<std::uint64_t> last_epoch{0}; // inherited, so that a child's number is a new one

} // namespace

const std::atomic<std::uint64_t>& process_epoch_word() { return *page->word; }

std::uint64_t process_epoch() {
    std::atomic<std::uint64_t>& word = *page->word;
    std::uint64_t known = word.load();
    if (known == 0) {
        const std::uint64_t fresh = last_epoch.fetch_add(1) + 1;
        known = word.compare_exchange_strong(known, fresh) ? fresh : known;
    }
    return known;
}

// All AtForkChild objects, in a list that is unlocked and whole in every child.
struct ForkList {
    std::mutex mutex;
    AtForkChild* first = nullptr;
    std::uint64_t forks = 0;

    void before_fork() {
        mutex.lock();
        ++forks;
    }

    // The epoch first: the others ask for it.
    void in_child() {
        mutex.unlock();
        if (const Page* const its = page.made()) {
            its->word->store(0);
        }
        for (const AtForkChild* each = first; each != nullptr; each = each->next_) {
            each->action_(each->something_);
        }
    }

    void add(AtForkChild& one) {
        const std::lock_guard guard{mutex};
        one.next_ = first;
        if (first != nullptr) {
            first->previous_ = &one;
        }
        first = &one;
    }

    void remove(AtForkChild& one) {
        const std::lock_guard guard{mutex};
        (one.previous_ != nullptr ? one.previous_->next_ : first) = one.next_;
        if (one.next_ != nullptr) {
            one.next_->previous_ = one.previous_;
        }
    }
};

namespace {

// Exists before any thread can fork and, being trivial to destroy, until the process ends.
constinit ForkList list;
static_assert(std::is_trivially_destructible_v<ForkList>);

// Runs before the program's static objects are made, since one of them may be a queue.
[[gnu::constructor(101)]] void register_with_fork() {
    pthread_atfork([] { list.before_fork(); }, [] { list.mutex.unlock(); },
                   [] { list.in_child(); });
}

} // namespace

// Waits for the end of a fork, which is counted before its descriptors are copied.
std::uint64_t forks() {
    const std::lock_guard guard{list.mutex};
    return list.forks;
}

ForkBlocker::ForkBlocker() { list.mutex.lock(); }

ForkBlocker::~ForkBlocker() { list.mutex.unlock(); }

AtForkChild::AtForkChild(void* something, Action action) : something_{something}, action_{action} {
    list.add(*this);
}

AtForkChild::~AtForkChild() { list.remove(*this); }

} // namespace crex::detail
