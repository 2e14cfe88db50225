// SPDX-License-Identifier: BSL-1.0
#include "platform/fork.hpp"

#include <mutex>
#include <new>

#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

namespace crex::detail {
namespace {

// The kernel empties this page in a child (MADV_WIPEONFORK), also in one made by a bare clone(2),
// of which pthread_atfork(3) hears nothing.
std::atomic<std::uint64_t>& page() {
    static auto* const word = [] {
        const auto size = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
        void* const memory =
            mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED) {
            throw std::bad_alloc{};
        }
        madvise(memory, size, MADV_WIPEONFORK);
        return new (memory) std::atomic<std::uint64_t>{0};
    }();
    return *word;
}

std::atomic<std::uint64_t> last_epoch{0}; // inherited, so that a child's is a new one

} // namespace

const std::atomic<std::uint64_t>& process_epoch_word() { return page(); }

std::uint64_t process_epoch() {
    std::uint64_t known = page().load();
    if (known == 0) {
        const std::uint64_t fresh = last_epoch.fetch_add(1) + 1;
        known = page().compare_exchange_strong(known, fresh) ? fresh : known;
    }
    return known;
}

// All of them, in a list that fork() finds unlocked and whole.
struct ForkList {
    std::mutex mutex;
    ForkWatch* first = nullptr;
    std::atomic<std::uint64_t> forks{0};

    static ForkList& instance() {
        static auto* const list = [] {
            pthread_atfork([] { instance().before_fork(); }, [] { instance().mutex.unlock(); },
                           [] { instance().in_child(); });
            return new ForkList; // never destroyed: fork() may come at any time
        }();
        return *list;
    }

    void before_fork() {
        mutex.lock();
        ++forks;
    }

    void in_child() {
        mutex.unlock();
        for (const ForkWatch* each = first; each != nullptr; each = each->next_) {
            each->action_(each->something_);
        }
    }

    void add(ForkWatch& one) {
        const std::lock_guard guard{mutex};
        one.next_ = first;
        if (first != nullptr) {
            first->previous_ = &one;
        }
        first = &one;
    }

    void remove(ForkWatch& one) {
        const std::lock_guard guard{mutex};
        (one.previous_ != nullptr ? one.previous_->next_ : first) = one.next_;
        if (one.next_ != nullptr) {
            one.next_->previous_ = one.previous_;
        }
    }
};

std::uint64_t forks() { return ForkList::instance().forks; }

ForkWatch::ForkWatch(void* something, Action action) : something_{something}, action_{action} {
    ForkList::instance().add(*this);
}

ForkWatch::~ForkWatch() { ForkList::instance().remove(*this); }

} // namespace crex::detail
