// SPDX-License-Identifier: BSL-1.0
#include <charconv>
#include <fstream>
#include <map>
#include <sstream>

#include <sys/ipc.h>
#include <sys/sem.h>

#include "inventory/families.hpp"

// System V's objects, as /proc/sysvipc lists them: a line of column names, then a line for each
// object.

namespace crex::detail {
namespace {

using Columns = std::map<std::string, std::string>;

std::uint64_t number(const Columns& columns, const char* column, int base = 10) {
    const auto found = columns.find(column);
    std::int64_t value = 0; // keys are printed as signed
    if (found != columns.end()) {
        const std::string& text = found->second;
        std::from_chars(text.data(), text.data() + text.size(), value, base);
    }
    return static_cast<std::uint64_t>(value);
}

FoundObject object_in(const Columns& columns, ObjectKind kind, const char* id_column) {
    FoundObject found;
    Object& object = found.object;
    object.kind = kind;
    object.name = std::to_string(number(columns, id_column));
    object.id = {0, number(columns, id_column)};
    object.key = static_cast<std::uint32_t>(number(columns, "key"));
    object.owner = static_cast<unsigned>(number(columns, "uid"));
    object.mode = static_cast<unsigned>(number(columns, "perms", 8)) & 0777U;
    object.created =
        std::chrono::system_clock::from_time_t(static_cast<std::time_t>(number(columns, "ctime")));
    return found;
}

// The kernel counts the attachments, of all namespaces.
FoundObject shared_memory_in(const Columns& columns) {
    FoundObject found = object_in(columns, ObjectKind::sysv_shared_memory, "shmid");
    found.object.size = number(columns, "size");
    if (number(columns, "nattch") != 0) {
        found.object.users.push_back({0, true, false, false});
    }
    found.is_certain = true;
    return found;
}

// A set is never open, so no process can be known to use it next.
FoundObject semaphores_in(const Columns& columns) {
    FoundObject found = object_in(columns, ObjectKind::sysv_semaphores, "semid");
    if (number(columns, "nsems") == 1) {
        const auto ask = [&](int command) -> std::optional<std::uint64_t> {
            const int answer = semctl(static_cast<int>(found.object.id.inode), 0, command);
            return answer < 0 ? std::nullopt : std::optional<std::uint64_t>{answer};
        };
        found.object.value = ask(GETVAL);
        found.object.waiters = ask(GETNCNT);
    }
    return found;
}

FoundObject queue_in(const Columns& columns) {
    FoundObject found = object_in(columns, ObjectKind::sysv_queue, "msqid");
    found.object.size = number(columns, "cbytes");
    found.object.messages = number(columns, "qnum");
    found.object.may_have_content = found.object.messages != 0U;
    return found;
}

template <class Read> void list(Findings& findings, const char* file, Read read) {
    std::ifstream lines{std::string{"/proc/sysvipc/"} + file};
    std::string line;
    std::getline(lines, line);
    const std::string header = line;
    while (std::getline(lines, line)) {
        std::istringstream names{header};
        std::istringstream values{line};
        Columns columns;
        for (std::string name, value; names >> name && values >> value;) {
            columns.emplace(name, value);
        }
        findings.found.push_back(read(columns));
    }
}

} // namespace

void list_sysv(Findings& findings) {
    list(findings, "shm", shared_memory_in);
    list(findings, "sem", semaphores_in);
    list(findings, "msg", queue_in);
}

} // namespace crex::detail
