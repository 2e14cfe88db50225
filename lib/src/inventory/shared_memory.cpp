// SPDX-License-Identifier: BSL-1.0
#include <charconv>
#include <optional>

#include <fcntl.h>
#include <sys/stat.h>

#include "common/file_names.hpp"
#include "inventory/contents.hpp"
#include "inventory/directory.hpp"
#include "inventory/families.hpp"
#include "inventory/other_users.hpp"

namespace crex::detail {

// A poll FIFO's name is the whole name of its file: it has no other.
void name_by_file(Object& object, const std::string& file) {
    object.name = std::string{"/"}.append(file);
    const FilePrefix* const its = prefix_of(file);
    if (its == nullptr || !its->kind) {
        return;
    }
    object.kind = *its->kind;
    if (object.kind != ObjectKind::poll_fifo) {
        object.name.erase(1, its->prefix.size());
    }
}

std::string file_of(const Object& object) {
    for (const FilePrefix& each : file_prefixes) {
        if (object.kind == each.kind && object.kind != ObjectKind::poll_fifo) {
            return std::string{each.prefix}.append(object.name, 1);
        }
    }
    return object.name.substr(1);
}

std::optional<FoundObject> look_at_file(int directory, const std::string& file,
                                        const InventoryOptions& options) {
    struct stat status {};
    if (fstatat(directory, file.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
        return std::nullopt;
    }
    FoundObject found;
    name_by_file(found.object, file);
    const bool is_poll_fifo =
        found.object.kind == ObjectKind::poll_fifo && S_ISFIFO(status.st_mode);
    if (!is_poll_fifo && !S_ISREG(status.st_mode)) {
        return std::nullopt;
    }
    if (found.object.kind == ObjectKind::poll_fifo && !is_poll_fifo) { // other memory
        found.object.kind = ObjectKind::shared_memory;
    }
    describe(found.object, status);
    found.object.created = birth_of(directory, file.c_str());
    if (!is_poll_fifo) {
        read_contents(found, directory, file);
        const bool keeps_record = is_robust(found.object.kind) && found.object.problem.empty();
        if (options.ask_kernel && !keeps_record) {
            ask_for_other_users(found, directory, file);
        }
    }
    return found;
}

void list_shared_memory(Findings& findings, const InventoryOptions& options) {
    const Directory directory{shared_memory_directory};
    const bool listed = directory && directory.for_each([&](const std::string& file) {
        if (auto found = look_at_file(directory.fd(), file, options)) {
            findings.found.push_back(*std::move(found));
        }
    });
    if (!listed) {
        findings.limitations.push_back(
            std::string{shared_memory_directory}.append(" cannot be listed"));
    }
}

} // namespace crex::detail
