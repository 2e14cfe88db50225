// SPDX-License-Identifier: BSL-1.0
#include "objects/system_limits.hpp"

#include <algorithm>
#include <fstream>

#include <sys/resource.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <crex/inventory.hpp>
#include <crex/limits.hpp>

#include "text/describe.hpp"

namespace cli {
namespace {

using Number = std::optional<std::uint64_t>;

Number number_in_file(const std::string& path, std::size_t place = 0) {
    const auto numbers = numbers_in(path);
    return place < numbers.size() ? Number{numbers[place]} : std::nullopt;
}

Number count(const crex::Inventory& inventory, crex::ObjectKind kind) {
    return static_cast<std::uint64_t>(
        std::count_if(inventory.objects.begin(), inventory.objects.end(),
                      [&](const crex::Object& object) { return object.kind == kind; }));
}

Number pages_of_sysv(const crex::Inventory& inventory) {
    const auto page = crex::page_size();
    std::uint64_t pages = 0;
    for (const crex::Object& object : inventory.objects) {
        if (object.kind == crex::ObjectKind::sysv_shared_memory) {
            pages += (object.size.value_or(0) + page - 1) / page;
        }
    }
    return pages;
}

std::string sysctl(const char* setting) { return std::string{"sysctl "} + setting + "=..."; }

void add_shared_memory(std::vector<Limit>& limits) {
    struct statvfs status {};
    if (statvfs("/dev/shm", &status) != 0) {
        return;
    }
    const auto bytes = [&](auto blocks) { return std::uint64_t{blocks} * status.f_frsize; };
    limits.push_back({"/dev/shm, bytes", bytes(status.f_blocks - status.f_bfree),
                      status.f_blocks == 0 ? Number{} : bytes(status.f_blocks),
                      "creating: ENOSPC; what is sparse: SIGBUS",
                      "mount -o remount,size=... /dev/shm (docker: --shm-size)"});
    limits.push_back({"/dev/shm, files", status.f_files - status.f_ffree,
                      status.f_files == 0 ? Number{} : Number{status.f_files}, "creating: ENOSPC",
                      "mount -o remount,nr_inodes=... /dev/shm"});
}

void add_resources(std::vector<Limit>& limits) {
    rlimit limit{};
    const auto most = [&](auto which) {
        return getrlimit(which, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY
                   ? Number{limit.rlim_cur}
                   : std::nullopt;
    };
    limits.push_back({"descriptors, this shell's processes", std::nullopt, most(RLIMIT_NOFILE),
                      "opening: EMFILE", "ulimit -n ..."});
    limits.push_back({"bytes of kernel queues, user " + user_name(getuid()), std::nullopt,
                      most(RLIMIT_MSGQUEUE), "creating a kernel queue: EMFILE",
                      "ulimit -q ...; LimitMSGQUEUE= of systemd"});
    limits.push_back({"descriptors, whole system", number_in_file("/proc/sys/fs/file-nr"),
                      number_in_file("/proc/sys/fs/file-max"), "opening: ENFILE",
                      sysctl("fs.file-max")});
}

void add_kernel_queues(std::vector<Limit>& limits, const crex::Inventory& inventory) {
    const std::string directory = "/proc/sys/fs/mqueue/";
    const Number used =
        inventory.limitations.empty() ? count(inventory, crex::ObjectKind::kernel_queue) : Number{};
    limits.push_back({"kernel queues", used, number_in_file(directory + "queues_max"),
                      "creating one: ENOSPC", sysctl("fs.mqueue.queues_max")});
    limits.push_back({"messages in a kernel queue", std::nullopt,
                      number_in_file(directory + "msg_max"), "creating one: EINVAL",
                      sysctl("fs.mqueue.msg_max")});
    limits.push_back({"bytes in its messages", std::nullopt,
                      number_in_file(directory + "msgsize_max"), "creating one: EINVAL",
                      sysctl("fs.mqueue.msgsize_max")});
}

void add_sysv(std::vector<Limit>& limits, const crex::Inventory& inventory) {
    const std::string directory = "/proc/sys/kernel/";
    limits.push_back(
        {"System V shared memories", count(inventory, crex::ObjectKind::sysv_shared_memory),
         number_in_file(directory + "shmmni"), "shmget: ENOSPC", sysctl("kernel.shmmni")});
    limits.push_back({"pages in all of them", pages_of_sysv(inventory),
                      number_in_file(directory + "shmall"), "shmget: ENOSPC",
                      sysctl("kernel.shmall")});
    limits.push_back({"bytes in one", std::nullopt, number_in_file(directory + "shmmax"),
                      "shmget: EINVAL", sysctl("kernel.shmmax")});
    const std::string sem = directory + "sem"; // SEMMSL SEMMNS SEMOPM SEMMNI
    const std::string raise_sem = "sysctl kernel.sem='MSL MNS OPM MNI'";
    limits.push_back({"System V semaphore sets",
                      count(inventory, crex::ObjectKind::sysv_semaphores), number_in_file(sem, 3),
                      "semget: ENOSPC", raise_sem});
    limits.push_back(
        {"semaphores in one", std::nullopt, number_in_file(sem, 0), "semget: EINVAL", raise_sem});
    limits.push_back({"semaphores in all of them", std::nullopt, number_in_file(sem, 1),
                      "semget: ENOSPC", raise_sem});
    limits.push_back({"System V queues", count(inventory, crex::ObjectKind::sysv_queue),
                      number_in_file(directory + "msgmni"), "msgget: ENOSPC",
                      sysctl("kernel.msgmni")});
    limits.push_back({"bytes in one of their messages", std::nullopt,
                      number_in_file(directory + "msgmax"), "msgsnd: EINVAL",
                      sysctl("kernel.msgmax")});
    limits.push_back({"bytes in one of them", std::nullopt, number_in_file(directory + "msgmnb"),
                      "msgsnd waits", sysctl("kernel.msgmnb")});
}

void add_crex(std::vector<Limit>& limits) {
    const std::string fixed = "cannot be raised";
    limits.push_back({"handles on a robust object", std::nullopt, crex::robust_handles_default,
                      "opening: EUSERS", "its option max_handles, up to 4096"});
    limits.push_back({"messages in a robust queue", std::nullopt, crex::robust_queue_messages_max,
                      "creating one: invalid", fixed});
    limits.push_back({"value of a semaphore", std::nullopt, crex::semaphore_value_max(),
                      "releasing: EOVERFLOW", fixed});
    for (const auto& [whose, most] : {std::pair{"semaphore", crex::semaphore_name_max},
                                      {"robust semaphore", crex::robust_semaphore_name_max},
                                      {"shared memory", crex::shared_memory_name_max},
                                      {"robust queue", crex::robust_message_queue_name_max},
                                      {"kernel or Boost queue", crex::message_queue_name_max},
                                      {"ring", crex::ring_name_max}}) {
        limits.push_back({std::string{"characters in the name of a "}.append(whose), std::nullopt,
                          most, "opening: invalid", fixed});
    }
}

} // namespace

std::vector<std::uint64_t> numbers_in(const std::string& path) {
    std::ifstream file{path};
    std::vector<std::uint64_t> numbers;
    for (std::uint64_t number = 0; file >> number;) {
        numbers.push_back(number);
    }
    return numbers;
}

std::vector<Limit> system_limits() {
    const auto inventory = crex::list_objects({.users = false});
    std::vector<Limit> limits;
    add_shared_memory(limits);
    add_resources(limits);
    add_kernel_queues(limits, inventory);
    add_sysv(limits, inventory);
    add_crex(limits);
    return limits;
}

} // namespace cli
