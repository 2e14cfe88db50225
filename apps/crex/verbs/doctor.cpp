// SPDX-License-Identifier: BSL-1.0
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <utility>

#include <sys/statvfs.h>

#include "invocation.hpp"
#include "objects/leftovers.hpp"
#include "objects/naming.hpp"
#include "objects/server.hpp"
#include "text/describe.hpp"
#include "text/finding.hpp"

namespace cli {
namespace {

std::string trimmed(const std::string& text) {
    constexpr const char* blanks = " \t\r";
    const auto begin = text.find_first_not_of(blanks);
    return begin == text.npos ? std::string{}
                              : text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

// The last value in logind.conf and its drop-ins; "yes" is logind's default.
std::string remove_ipc_setting() {
    std::vector<std::filesystem::path> files{"/etc/systemd/logind.conf"};
    for (const char* const directory : {"/usr/lib/systemd", "/run/systemd", "/etc/systemd"}) {
        std::error_code error;
        const auto begin = std::filesystem::directory_iterator{
            std::filesystem::path{directory} / "logind.conf.d", error};
        for (auto entry = begin; !error && entry != end(begin); entry.increment(error)) {
            files.push_back(entry->path());
        }
    }
    std::string setting = "yes";
    for (const auto& path : files) {
        std::ifstream file{path};
        for (std::string line; std::getline(file, line);) {
            const auto equals = line.find('=');
            if (equals != line.npos && trimmed(line.substr(0, equals)) == "RemoveIPC") {
                setting = trimmed(line.substr(equals + 1));
            }
        }
    }
    return setting;
}

Finding remove_ipc() {
    Finding finding{"RemoveIPC", "", ""};
    const auto setting = remove_ipc_setting();
    const bool off = setting == "no" || setting == "false" || setting == "0" || setting == "off";
    if (std::filesystem::exists("/run/systemd/system") && !off) {
        finding.problem = "systemd removes the objects of an ordinary user when the last of his "
                          "sessions ends, even if they are in use";
        finding.advice =
            "RemoveIPC=no in /etc/systemd/logind.conf, or a system user (with a number "
            "below 1000) for services";
    }
    return finding;
}

Finding shared_memory() {
    constexpr std::uint64_t little = std::uint64_t{64} << 20;
    Finding finding{"/dev/shm", "", "mount -o remount,size=... /dev/shm (docker: --shm-size)"};
    struct statvfs status {};
    if (statvfs("/dev/shm", &status) != 0) {
        finding.problem = "it is not there";
        finding.advice = "mount -t tmpfs tmpfs /dev/shm";
        return finding;
    }
    const auto size = std::uint64_t{status.f_blocks} * status.f_frsize;
    const auto used = size - std::uint64_t{status.f_bfree} * status.f_frsize;
    if (size != 0 && used > size / 10 * 9) {
        finding.problem = "it is nearly full: " + short_size(used) + " of " + short_size(size);
    } else if (size != 0 && size <= little) {
        finding.problem = "it is small: " + short_size(size);
    }
    return finding;
}

// Not a problem, but memory without a name is not seen in /dev/shm.
Finding without_name(const crex::Inventory& inventory) {
    std::uint64_t bytes = 0;
    std::size_t count = 0;
    for (const crex::Object& object : inventory.objects) {
        bytes += object.is_linked ? 0 : object.size.value_or(0);
        count += object.is_linked ? 0 : 1;
    }
    std::string title = "files without a name: ";
    title.append(count == 0 ? "none" : std::to_string(count) + " in use, " + short_size(bytes));
    return {std::move(title), "", ""};
}

Finding kernel_queues() {
    Finding finding{"kernel queues", "", "mount -t mqueue none /dev/mqueue"};
    std::ifstream mounts{"/proc/self/mountinfo"};
    for (std::string line; std::getline(mounts, line);) {
        if (line.find(" - mqueue ") != line.npos) {
            return finding;
        }
    }
    finding.problem = "their file system is not mounted: only root can list them";
    return finding;
}

Finding processes(const crex::Inventory& inventory) {
    Finding finding{"processes", "",
                    "run crex as root, in the initial PID namespace, where /proc is "
                    "mounted without hidepid"};
    if (!proc_is_there()) {
        finding.problem = no_proc;
        finding.advice = "mount -t proc proc /proc";
    } else if (!inventory.saw_all_processes) {
        finding.problem = "not every process can be looked into, so what others have made is never "
                          "certainly unused";
    }
    return finding;
}

// Adds the number of objects for which `is` is true to the finding, if there are any.
template <class Is>
Finding counted(Finding finding, const crex::Inventory& inventory, Is is, const char* what) {
    const auto count = std::count_if(inventory.objects.begin(), inventory.objects.end(), is);
    if (count != 0) {
        finding.problem = std::to_string(count).append(" ").append(what);
    }
    return finding;
}

Finding leftovers(const crex::Inventory& inventory) {
    return counted(
        {"leftovers", "", "crex gc"}, inventory,
        [](const auto& object) { return is_left_over(object) && !object.may_have_content; },
        "of crex's objects have no users");
}

Finding leftovers_with_content(const crex::Inventory& inventory) {
    return counted(
        {"leftovers with content", "",
         "crex gc --with-content --older 1h, if no program needs them"},
        inventory,
        [](const auto& object) { return is_left_over(object) && object.may_have_content; },
        "of crex's queues have no users, but may have messages");
}

Finding files_set_aside(const crex::Inventory& inventory) {
    return counted(
        {"files set aside", "",
         "crex gc removes those that no process uses, and gives the others their names back "
         "(/dev/shm/crex-aside.N.FILE was FILE)"},
        inventory, is_set_aside, "were moved aside to be removed, and not put back");
}

Finding layouts(const crex::Inventory& inventory) {
    Finding finding{"robust objects", "", "crex show tells more"};
    for (const crex::Object& object : inventory.objects) {
        if (crex::is_robust(object.kind) && !object.problem.empty()) {
            finding.problem += (finding.problem.empty() ? "" : "\n    ") +
                               printable(full_name(object)) + ": " + object.problem;
        }
    }
    return finding;
}

ExitStatus run_doctor(const Invocation& given) {
    if (given.has("at")) {
        return examine_server(given);
    }
    const auto inventory = crex::list_objects();
    return report({remove_ipc(), shared_memory(), without_name(inventory), kernel_queues(),
                   processes(inventory), leftovers(inventory), leftovers_with_content(inventory),
                   files_set_aside(inventory), layouts(inventory)});
}

} // namespace

extern const Verb doctor{
    .name = "doctor",
    .arguments = "",
    .at_least = 0,
    .at_most = 0,
    .summary = "look for what is known to go wrong",
    .description =
        R"(Checks what is known to make objects vanish, fill up or stay behind, and says what to do
about it: systemd's RemoveIPC, the size of /dev/shm, whether kernel queues can be listed and
processes can be seen, leftovers of crex's programs, and robust objects that are damaged or of
another version.

With --at, it checks a PostgreSQL server instead: whether queues are safe there (fsync, encryption,
synchronous standbys), what makes them slow (transactions that stay open in the same database, dead
rows, autovacuum), how many connections are left, the version of the schema, and whether a pooler
such as PgBouncer is in between.

The exit status is 1 when there is something to look at.)",
    .options = {at_option},
    .more = {},
    .completes = Completes::nothing,
    .run = run_doctor,
};

} // namespace cli
