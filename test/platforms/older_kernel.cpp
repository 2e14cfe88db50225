// SPDX-License-Identifier: BSL-1.0
#include "platforms/older_kernel.hpp"

#include <bit>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <stdexcept>

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

namespace test {
namespace {

// The filter sees the numbers of the architecture that makes the call.
#if defined(__x86_64__)
constexpr std::uint32_t architecture = AUDIT_ARCH_X86_64;
#elif defined(__i386__)
constexpr std::uint32_t architecture = AUDIT_ARCH_I386;
#elif defined(__aarch64__)
constexpr std::uint32_t architecture = AUDIT_ARCH_AARCH64;
#elif defined(__s390x__)
constexpr std::uint32_t architecture = AUDIT_ARCH_S390X;
#else
constexpr std::uint32_t architecture = 0; // none: nothing can be taken away
#endif

constexpr unsigned number_of_futex_waitv = 449; // older headers do not know SYS_futex_waitv
constexpr int wipe_on_fork = MADV_WIPEONFORK;

// An argument for which the call fails: some of these bits have this value.
struct Argument {
    unsigned number;
    std::uint32_t bits;
    std::uint32_t value;
};

// A call that fails, with any arguments or with that one.
struct Failure {
    unsigned call;
    int error = ENOSYS;
    std::optional<Argument> only = {};
};
using Failures = std::vector<Failure>;

constexpr std::uint32_t all_bits = ~0U;

Failures failing_fcntl(int command) {
    const Argument the_command{1, all_bits, static_cast<std::uint32_t>(command)};
    Failures failures{{SYS_fcntl, EINVAL, the_command}};
#ifdef SYS_fcntl64
    failures.push_back({SYS_fcntl64, EINVAL, the_command});
#endif
    return failures;
}

Failures operator+(Failures one, const Failures& other) {
    one.insert(one.end(), other.begin(), other.end());
    return one;
}

// Before Linux 3.11 the kernel ignored the bit, and a directory cannot be opened for writing.
Failures no_tmpfiles() {
    constexpr std::uint32_t bit = O_TMPFILE & ~O_DIRECTORY;
    Failures failures{{SYS_openat, EISDIR, Argument{2, bit, bit}}};
#ifdef SYS_open
    failures.push_back({SYS_open, EISDIR, Argument{1, bit, bit}});
#endif
    return failures;
}

Failures no_system_v() {
    Failures failures{{SYS_msgget}, {SYS_msgctl}, {SYS_semget},
                      {SYS_semctl}, {SYS_shmget}, {SYS_shmctl}};
#ifdef SYS_ipc
    failures.push_back({SYS_ipc});
#endif
    return failures;
}

const std::map<std::string, Failures>& features() {
    static const std::map<std::string, Failures> all{
        {"o_tmpfile", no_tmpfiles()},
        {"ofd_locks",
         failing_fcntl(F_OFD_GETLK) + failing_fcntl(F_OFD_SETLK) + failing_fcntl(F_OFD_SETLKW)},
        {"renameat2", {{SYS_renameat2}}},
        {"statx", {{SYS_statx}}},
        {"wipe_on_fork", {{SYS_madvise, EINVAL, Argument{2, all_bits, wipe_on_fork}}}},
        {"membarrier", {{SYS_membarrier}}},
        {"fsopen", {{SYS_fsopen}}},
        {"pidfd_open", {{SYS_pidfd_open}}},
        {"futex_waitv", {{number_of_futex_waitv}}},
#ifdef SYS_futex_time64
        {"futex_time64", {{SYS_futex_time64}}},
#endif
        {"file_leases", failing_fcntl(F_SETLEASE)},
        {"posix_mqueue", {{SYS_mq_open}, {SYS_mq_unlink}}},
        {"system_v", no_system_v()},
    };
    return all;
}

sock_filter statement(unsigned code, std::uint32_t operand) {
    return BPF_STMT(static_cast<unsigned short>(code), operand);
}

// Goes on if the loaded word is equal, else skips so many instructions.
sock_filter unless_equal(std::uint32_t value, unsigned skipped) {
    return BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, static_cast<unsigned char>(skipped));
}

sock_filter load(std::size_t offset) {
    return statement(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset));
}

std::size_t place_of(const Argument& argument) {
    constexpr std::size_t low_half = std::endian::native == std::endian::little ? 0 : 4;
    return offsetof(seccomp_data, args) + argument.number * sizeof(std::uint64_t) + low_half;
}

void append(std::vector<sock_filter>& filter, const Failure& failure) {
    filter.push_back(load(offsetof(seccomp_data, nr)));
    filter.push_back(unless_equal(failure.call, failure.only ? 4 : 1));
    if (failure.only) {
        filter.push_back(load(place_of(*failure.only)));
        filter.push_back(statement(BPF_ALU | BPF_AND | BPF_K, failure.only->bits));
        filter.push_back(unless_equal(failure.only->value, 1));
    }
    filter.push_back(
        statement(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | static_cast<std::uint32_t>(failure.error)));
}

std::vector<sock_filter> filter_for(const Failures& failures) {
    const sock_filter allow = statement(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    std::vector<sock_filter> filter{load(offsetof(seccomp_data, arch)),
                                    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, architecture, 1, 0), allow};
    for (const Failure& failure : failures) {
        append(filter, failure);
    }
    filter.push_back(allow);
    return filter;
}

} // namespace

std::vector<std::string> kernel_features() {
    std::vector<std::string> names;
    for (const auto& [name, failures] : features()) {
        names.push_back(name);
    }
    return names;
}

bool lose_kernel_feature(const std::string& feature) {
    const auto found = features().find(feature);
    if (found == features().end()) {
        throw std::invalid_argument{"unknown feature: " + feature};
    }
    std::vector<sock_filter> filter = filter_for(found->second);
    const sock_fprog program{static_cast<unsigned short>(filter.size()), filter.data()};
    return architecture != 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

} // namespace test
