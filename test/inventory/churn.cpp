// SPDX-License-Identifier: BSL-1.0
#include "inventory/churn.hpp"

#include <random>
#include <stdexcept>

#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/kinds.hpp"
#include "support/unique_name.hpp"

namespace test {

Churn::Churn(std::uint64_t rounds) : limit_{rounds} {
    void* const memory =
        mmap(nullptr, sizeof(Ledger), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        throw std::runtime_error{"mmap"};
    }
    ledger_ = new (memory) Ledger{};
    for (std::size_t i = 0; i < ledger_->unlinks.size(); ++i) {
        names_.push_back(unique_name());
    }
}

Churn::~Churn() { munmap(ledger_, sizeof(Ledger)); }

// Whether the name still belongs to the object.
template <class Kind>
bool has_name(const typename Kind::Handle&, const std::string& name,
              const std::optional<crex::ObjectInfo>& before) {
    const auto now = Kind::inspect(name);
    return before && now && before->id == now->id;
}

// Whether the memory has any name: it may have been moved aside when another object took its own.
template <>
bool has_name<SharedMemories>(const crex::SharedMemory& memory, const std::string&,
                              const std::optional<crex::ObjectInfo>&) {
    struct stat status {};
    return fstat(memory.fd(), &status) == 0 && status.st_nlink != 0;
}

// If no worker has unlinked the name since before the object was opened, the name must still belong
// to the object, which is in use.
template <class Kind> void Churn::use(std::size_t number, std::uint64_t random_bits) {
    const std::string& name = names_[number];
    auto& unlinks = ledger_->unlinks[number];
    const std::uint64_t before = unlinks.ended;
    const auto handle = Kind::open(name, crex::o_creat);
    const auto id = Kind::inspect(name);
    if (random_bits % 8 == 0) {
        usleep(static_cast<useconds_t>(random_bits % 3000));
    }
    const bool in_place = has_name<Kind>(handle, name, id);
    if (unlinks.begun == before && !in_place) {
        ++ledger_->violations;
    }
    if (random_bits % 16 == 1) {
        raise(SIGKILL);
    }
    if (random_bits % 4 == 2) {
        ++unlinks.begun;
        try {
            Kind::unlink(name);
        } catch (const crex::ExistentialError&) {
        }
        ++unlinks.ended;
    }
}

std::vector<Churn::Name> Churn::names() const {
    const auto inspect_queue = [](std::string_view name) {
        return crex::inspect_message_queue(name, crex::Backend::robust);
    };
    std::vector<Name> names;
    for (std::size_t i = 0; i < names_of_a_kind; ++i) {
        names.push_back(
            {crex::ObjectKind::robust_semaphore, names_[i], crex::inspect_robust_semaphore});
        names.push_back(
            {crex::ObjectKind::robust_queue, names_[names_of_a_kind + i], inspect_queue});
        names.push_back({crex::ObjectKind::shared_memory, names_[2 * names_of_a_kind + i],
                         crex::inspect_shared_memory});
    }
    return names;
}

int Churn::work(std::uint64_t seed) {
    std::mt19937_64 random{seed};
    while (++ledger_->rounds <= limit_) {
        const std::size_t number = random() % names_of_a_kind;
        const std::uint64_t random_bits = random() >> 8;
        switch (random() % 3) {
        case 0:
            use<RobustSemaphores>(number, random_bits);
            break;
        case 1:
            use<RobustQueues>(names_of_a_kind + number, random_bits);
            break;
        default:
            use<SharedMemories>(2 * names_of_a_kind + number, random_bits);
        }
    }
    return 0;
}

void Churn::run(unsigned workers) {
    std::uint64_t seed = std::random_device{}();
    const auto start = [&] {
        if (fork() == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            int status = 1;
            try {
                status = work(++seed);
            } catch (const std::exception& error) {
                dprintf(STDERR_FILENO, "%s\n", error.what());
                ++ledger_->violations;
            }
            _exit(status);
        }
        ++seed;
    };
    for (unsigned i = 0; i < workers; ++i) {
        start();
    }
    for (int status = 0; waitpid(-1, &status, 0) > 0;) {
        if (WIFSIGNALED(status)) {
            ++kills_;
            start();
        }
    }
}

} // namespace test
