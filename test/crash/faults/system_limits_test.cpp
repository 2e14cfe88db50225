// SPDX-License-Identifier: BSL-1.0

// A missing feature or an exhausted resource of the system is an error that names it and the
// remedy. It is never a signal, a hang, or the error of a missing or busy object.

#include <array>
#include <cstddef>
#include <functional>
#include <iostream>
#include <string>

#include <boost/test/unit_test.hpp>

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#include <crex/crex.hpp>

#include "crash/faults/permitted.hpp"
#include "helpers/outcome.hpp"
#include "support/expect.hpp"
#include "support/private_shm.hpp"
#include "support/process.hpp"
#include "support/sanitized.hpp"
#include "support/unique_name.hpp"

using namespace surroundings;
using namespace test;

namespace {

constexpr int not_permitted = 77;
constexpr std::size_t mib = std::size_t{1} << 20;

struct Creation {
    const char* what;
    std::function<void(const std::string& name)> create;
};

template <class Object, class Options> Creation creating(const char* what, Options options) {
    return {what, [options](const std::string& name) {
                Object{name, crex::O_CREX, options}.unlink();
            }};
}

std::vector<Creation> all_of_size(std::size_t size) {
    return {
        creating<crex::SharedMemory>("SharedMemory", crex::SharedMemoryOptions{.size = size}),
        creating<crex::SharedMemory>("sparse SharedMemory",
                                     crex::SharedMemoryOptions{.size = size, .sparse = true}),
        creating<crex::MessageQueue>(
            "robust queue",
            crex::MessageQueueOptions{.max_messages = 4, .max_message_size = size / 4}),
        creating<crex::MessageQueue>("Boost queue",
                                     crex::MessageQueueOptions{.max_messages = 4,
                                                               .max_message_size = size / 4,
                                                               .backend = crex::Backend::boost}),
        creating<crex::Ring>("Ring", crex::RingOptions{.capacity = size}),
    };
}

std::vector<Creation> all_kinds() {
    auto all = all_of_size(16384);
    all.push_back(creating<crex::Semaphore>("Semaphore", crex::SemaphoreOptions{}));
    all.push_back(
        creating<crex::RobustSemaphore>("RobustSemaphore", crex::RobustSemaphoreOptions{}));
    return all;
}

// Expects exactly an Error whose text contains the advice.
bool is_refused(const Creation& creation, int code, const std::string& advice) {
    try {
        creation.create(unique_name());
        std::cerr << creation.what << ": it was made\n";
    } catch (const std::exception& error) {
        const auto* const limit = dynamic_cast<const crex::Error*>(&error);
        std::cerr << creation.what << ": " << error.what() << '\n';
        return limit != nullptr && typeid(error) == typeid(crex::Error) &&
               limit->code().value() == code && contains(error.what(), advice);
    }
    return false;
}

int all_refused(const std::vector<Creation>& creations, int code, const std::string& advice) {
    bool right = true;
    for (const Creation& creation : creations) {
        right = is_refused(creation, code, advice) && right;
    }
    return right ? done : no;
}

void expect_in_child(const std::function<int()>& body) {
    const int outcome = in_child(body);
    if (outcome == not_permitted) {
        skip_or_fail("such surroundings cannot be made here");
        return;
    }
    BOOST_TEST(outcome == done);
}

bool cover(const char* place) { return mount("tmpfs", place, "tmpfs", 0, "size=64k") == 0; }

bool remount_shm(unsigned long flags, const char* options) {
    return mount("tmpfs", "/dev/shm", "tmpfs", MS_REMOUNT | flags, options) == 0;
}

bool become_nobody() { return geteuid() == 0 && setgid(65534) == 0 && setuid(65534) == 0; }

// Every fallocate(2) of more than `most` bytes is interrupted, as under a timer on an old kernel.
bool interrupt_large_reservations(unsigned most) {
    std::array<sock_filter, 6> program{{
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_fallocate, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args) + 3 * sizeof(__u64)),
        BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, most, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EINTR),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    }};
    const sock_fprog all{program.size(), program.data()};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &all) == 0;
}

// Makes fcntl(2) reject F_OFD_SETLK, as before Linux 3.15.
bool forget_description_locks() {
    std::array<sock_filter, 6> program{{
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_fcntl, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args) + sizeof(__u64)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, F_OFD_SETLK, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EINVAL),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    }};
    const sock_fprog all{program.size(), program.data()};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &all) == 0;
}

} // namespace

BOOST_AUTO_TEST_CASE(file_size_limit_is_an_error_and_no_signal) {
    expect_in_child([] {
        const rlimit limit{mib, mib};
        return setrlimit(RLIMIT_FSIZE, &limit) != 0
                   ? not_permitted
                   : all_refused(all_of_size(4 * mib), EFBIG, "ulimit -f");
    });
    expect_in_child([] {
        const rlimit nothing{0, 0};
        return setrlimit(RLIMIT_FSIZE, &nothing) != 0
                   ? not_permitted
                   : all_refused(all_kinds(), EFBIG, "ulimit -f");
    });
}

BOOST_AUTO_TEST_CASE(limit_of_locked_memory_is_not_a_busy_error) {
    if (sanitized) {
        skip("a sanitizer lets mlockall(2) do nothing");
        return;
    }
    expect_in_child([] {
        const rlimit little{mib, mib};
        if (!become_nobody() || setrlimit(RLIMIT_MEMLOCK, &little) != 0 ||
            mlockall(MCL_FUTURE) != 0) {
            return not_permitted;
        }
        auto mapped = all_of_size(4 * mib);
        mapped.erase(mapped.begin(), mapped.begin() + 2);
        mapped.push_back({"a map of SharedMemory", [](const std::string& name) {
                              crex::SharedMemory memory{name, crex::O_CREX, {.size = 4 * mib}};
                              memory.unlink();
                              (void)memory.map();
                          }});
        return all_refused(mapped, EAGAIN, "ulimit -l");
    });
}

BOOST_AUTO_TEST_CASE(limit_of_processes_is_not_a_busy_error) {
    expect_in_child([] {
        const rlimit one{1, 1};
        crex::Semaphore semaphore{unique_name(), crex::O_CREX, crex::SemaphoreOptions{}};
        semaphore.unlink();
        if (!become_nobody() || setrlimit(RLIMIT_NPROC, &one) != 0) {
            return not_permitted;
        }
        return all_refused({{"a thread", [&](const std::string&) { (void)semaphore.ready_fd(); }}},
                           EAGAIN, "ulimit -u");
    });
}

BOOST_AUTO_TEST_CASE(without_proc_objects_are_made_by_root_and_an_error_names_it) {
    expect_in_child([] {
        if (!enter_private_shm("1m") || !cover("/proc")) {
            return not_permitted;
        }
        bool right = true;
        for (const Creation& creation : all_kinds()) {
            if (std::string{"Boost queue"} == creation.what) { // it opens its file once more
                right = is_refused(creation, ENOENT, "/proc");
            } else {
                creation.create(unique_name());
            }
        }
        return int{right ? done : no};
    });
    expect_in_child([] {
        if (!enter_private_shm("1m,mode=1777") || !cover("/proc") || !become_nobody()) {
            return not_permitted;
        }
        auto linked = all_kinds();
        std::erase_if(linked, [](const Creation& one) {
            return std::string{"Semaphore"} == one.what; // it needs no /proc
        });
        for (const Creation& creation : linked) { // a newer kernel permits it to every user
            try {
                creation.create(unique_name());
            } catch (const std::exception&) {
                if (!is_refused(creation, ENOENT, "/proc")) {
                    return int{no};
                }
            }
        }
        return int{done};
    });
}

BOOST_AUTO_TEST_CASE(missing_dev_shm_is_named) {
    expect_in_child([] {
        if (!enter_private_shm("64k") || !cover("/dev")) {
            return not_permitted;
        }
        return all_refused(all_kinds(), ENOENT, "mount a tmpfs");
    });
}

BOOST_AUTO_TEST_CASE(read_only_dev_shm_is_named) {
    expect_in_child([] {
        if (!enter_private_shm("64k") || !remount_shm(MS_RDONLY, nullptr)) {
            return not_permitted;
        }
        return all_refused(all_kinds(), EROFS, "/dev/shm");
    });
}

BOOST_AUTO_TEST_CASE(lack_of_inodes_is_named) {
    expect_in_child([] {
        if (!enter_private_shm("64k,nr_inodes=1")) {
            return not_permitted;
        }
        return all_refused(all_kinds(), ENOSPC, "nr_inodes");
    });
}

BOOST_AUTO_TEST_CASE(kernel_without_description_locks_is_named) {
    expect_in_child([] {
        if (!forget_description_locks()) {
            return not_permitted;
        }
        return all_refused(
            {creating<crex::MessageQueue>(
                 "robust queue",
                 crex::MessageQueueOptions{.max_messages = 4, .max_message_size = 64}),
             creating<crex::RobustSemaphore>("RobustSemaphore", crex::RobustSemaphoreOptions{})},
            EINVAL, "F_OFD_SETLK");
    });
}

BOOST_AUTO_TEST_CASE(reservation_that_signals_interrupt_is_made_in_smaller_pieces) {
    expect_in_child([] {
        if (!interrupt_large_reservations(100'000)) {
            return not_permitted;
        }
        alarm(20);
        for (const Creation& creation : all_of_size(4 * mib)) {
            creation.create(unique_name());
        }
        return int{done};
    });
}
