// SPDX-License-Identifier: BSL-1.0
#include "objects/sysv_details.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <map>
#include <sstream>

#include <grp.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>

#include "text/describe.hpp"

namespace cli {
namespace {

using crex::ObjectKind;

enum class Is { number, user, group, process, time, bytes };

struct Detail {
    const char* column; // of /proc/sysvipc
    const char* name;
    Is is;
};

struct Source {
    ObjectKind kind;
    const char* file;
    const char* id_column;
    std::vector<Detail> details;
};

const std::vector<Source>& sources() {
    static const std::vector<Source> all{
        {ObjectKind::sysv_semaphores,
         "sem",
         "semid",
         {{"nsems", "semaphores", Is::number},
          {"gid", "group", Is::group},
          {"cuid", "creator", Is::user},
          {"cgid", "creator_group", Is::group},
          {"otime", "last_operation", Is::time},
          {"ctime", "last_change", Is::time}}},
        {ObjectKind::sysv_shared_memory,
         "shm",
         "shmid",
         {{"nattch", "attached", Is::number},
          {"gid", "group", Is::group},
          {"cuid", "creator", Is::user},
          {"cgid", "creator_group", Is::group},
          {"cpid", "creator_pid", Is::process},
          {"lpid", "last_pid", Is::process},
          {"atime", "last_attach", Is::time},
          {"dtime", "last_detach", Is::time},
          {"ctime", "last_change", Is::time},
          {"rss", "resident", Is::bytes},
          {"swap", "swapped", Is::bytes}}},
        {ObjectKind::sysv_queue,
         "msg",
         "msqid",
         {{"cbytes", "bytes_in_messages", Is::bytes},
          {"gid", "group", Is::group},
          {"cuid", "creator", Is::user},
          {"cgid", "creator_group", Is::group},
          {"lspid", "last_send_pid", Is::process},
          {"lrpid", "last_receive_pid", Is::process},
          {"stime", "last_send", Is::time},
          {"rtime", "last_receive", Is::time},
          {"ctime", "last_change", Is::time}}},
    };
    return all;
}

std::vector<std::string> words_of(const std::string& line) {
    std::istringstream in{line};
    std::vector<std::string> words;
    for (std::string word; in >> word;) {
        words.push_back(word);
    }
    return words;
}

// The object's line, by the names of the columns; empty when there is none.
std::map<std::string, std::uint64_t> row_of(const Source& source, const std::string& id) {
    std::ifstream lines{std::string{"/proc/sysvipc/"} + source.file};
    std::string line;
    std::getline(lines, line);
    const auto names = words_of(line);
    while (std::getline(lines, line)) {
        const auto values = words_of(line);
        std::map<std::string, std::uint64_t> row;
        for (std::size_t i = 0; i < std::min(names.size(), values.size()); ++i) {
            row.emplace(names[i], std::strtoull(values[i].c_str(), nullptr, 10));
        }
        if (std::to_string(row[source.id_column]) == id) {
            return row;
        }
    }
    return {};
}

bool is_never(Is is, std::uint64_t value) {
    return value == 0 && (is == Is::process || is == Is::time);
}

// Null as a whole if this user may not read the set.
Json each_semaphore(int id, std::uint64_t count) {
    Json all = Json::array();
    for (int number = 0; number < static_cast<int>(count); ++number) {
        const auto ask = [&](int what) {
            const int answer = semctl(id, number, what);
            return answer < 0 ? Json(nullptr) : Json(answer);
        };
        if (semctl(id, number, GETVAL) < 0) {
            return nullptr;
        }
        const Json last = ask(GETPID);
        all.push_back({{"value", ask(GETVAL)},
                       {"waiters", ask(GETNCNT)},
                       {"waiters_for_zero", ask(GETZCNT)},
                       {"last_pid", last == 0 ? Json(nullptr) : last}});
    }
    return all;
}

Json max_bytes(int id) {
    msqid_ds state{};
    return msgctl(id, IPC_STAT, &state) < 0 ? Json(nullptr) : Json(state.msg_qbytes);
}

std::string group_name(unsigned group) {
    const struct group* const entry = getgrgid(group); // NOLINT(concurrency-mt-unsafe): one thread
    return entry == nullptr ? std::to_string(group) : entry->gr_name;
}

std::string in_words(Is is, const Json& value) {
    const auto number = value.get<std::uint64_t>();
    switch (is) {
    case Is::user:
        return user_name(static_cast<unsigned>(number));
    case Is::group:
        return group_name(static_cast<unsigned>(number));
    case Is::time:
        return moment(std::chrono::system_clock::from_time_t(static_cast<std::time_t>(number)));
    case Is::process: {
        const std::string command = command_of_process(static_cast<int>(number));
        return std::to_string(number) + (command == "?" ? " (gone)" : " (" + command + ")");
    }
    case Is::number:
    case Is::bytes:
        break;
    }
    return std::to_string(number);
}

std::string number_or_nothing(const Json& number) {
    return number.is_null() ? no_value : number.dump();
}

} // namespace

Json sysv_details(const crex::Object& object) {
    for (const Source& source : sources()) {
        const auto row = source.kind == object.kind ? row_of(source, object.name)
                                                    : std::map<std::string, std::uint64_t>{};
        if (row.empty()) {
            continue;
        }
        Json details = Json::object();
        for (const Detail& detail : source.details) {
            const auto found = row.find(detail.column);
            const bool known = found != row.end() && !is_never(detail.is, found->second);
            details[detail.name] = known ? Json(found->second) : Json(nullptr);
        }
        const int id = static_cast<int>(object.id.inode);
        if (object.kind == ObjectKind::sysv_semaphores) {
            details["each"] = each_semaphore(id, row.at("nsems"));
        } else if (object.kind == ObjectKind::sysv_queue) {
            details["max_bytes"] = max_bytes(id);
        }
        return details;
    }
    return nullptr;
}

std::vector<std::pair<std::string, std::string>> sysv_facts(const Json& details) {
    std::map<std::string, Is> what{{"max_bytes", Is::bytes}};
    for (const Source& source : sources()) {
        for (const Detail& detail : source.details) {
            what.emplace(detail.name, detail.is);
        }
    }
    std::vector<std::pair<std::string, std::string>> facts;
    for (const auto& [name, value] : details.items()) {
        if (value.is_number()) {
            facts.emplace_back(name, in_words(what.at(name), value));
        }
    }
    return facts;
}

Table sysv_semaphores(const Json& details) {
    Table table{{{"SEMAPHORE", true},
                 {"VALUE", true},
                 {"WAIT", true},
                 {"WAIT FOR 0", true},
                 {"LAST PID", true}}};
    const auto each = details.find("each");
    for (std::size_t i = 0; each != details.end() && i < each->size(); ++i) {
        const Json& one = (*each)[i];
        table.add({std::to_string(i), number_or_nothing(one["value"]),
                   number_or_nothing(one["waiters"]), number_or_nothing(one["waiters_for_zero"]),
                   number_or_nothing(one["last_pid"])});
    }
    return table;
}

} // namespace cli
