// SPDX-License-Identifier: BSL-1.0
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <string>
#include <string_view>
#include <thread>

#include "inventory/families.hpp"
#include "inventory/removal.hpp"
#include "platform/signals.hpp"

namespace crex::detail {
namespace {

// 0 or an errno value.
int move(const Place& from, const std::string& to) {
    const int directory = from.directory.get();
    return renameat2(directory, from.file.c_str(), directory, to.c_str(), RENAME_NOREPLACE) == 0
               ? 0
               : errno;
}

constexpr std::string_view aside_prefix = "crex-aside.";

// A name that gets too long keeps its end, so that the file can still be recognised.
std::string name_aside(int number, const std::string& file) {
    constexpr std::size_t longest = 255;
    const std::string prefix = std::string{aside_prefix}.append(std::to_string(number)).append(".");
    const std::size_t room = longest - prefix.size();
    return prefix + (file.size() <= room ? file : file.substr(file.size() - room));
}

// The file's name before it was moved aside; empty when it was not moved, or when its name was cut.
std::string name_before(const std::string& file) {
    const std::size_t dot = file.find('.', aside_prefix.size());
    const bool is_aside = file.starts_with(aside_prefix) && dot != file.npos && file.size() < 255;
    return is_aside ? file.substr(dot + 1) : std::string{};
}

// Moves the file to a free name. Another file that had the same name may be aside already.
int move_aside(Place& place) {
    const std::string file = place.file;
    int error = EEXIST;
    for (int number = 0; error == EEXIST && number < 100; ++number) {
        const std::string aside = name_aside(number, file);
        error = move(place, aside);
        place.file = error == 0 ? aside : file;
    }
    return error;
}

// For a kernel without the call, glibc reports EINVAL, too.
[[noreturn]] void throw_not_moved(const Call& call, int error) {
    if (error == EINVAL || error == ENOSYS) {
        throw_limit(call, ENOSYS,
                    "it cannot be moved aside: this kernel, or the file system, does not rename "
                    "without replacing (RENAME_NOREPLACE in renameat2(2)), as Linux does since "
                    "3.15, with tmpfs since 3.17");
    }
    throw_errno(call, error, error == EEXIST ? "too many of that name were moved aside" : "");
}

void put_back(const Call& call, const Place& aside, const std::string& file) {
    const int error = move(aside, file);
    if (error != 0) {
        throw_errno(call, error,
                    "it is in use after all, but its name is another object's by now; it is called "
                    "/" +
                        aside.file + " now");
    }
}

// A process that was inside open(2), and not yet counted by the kernel, has completed it after this
// time. A death here leaves the file aside, under a name that the next removal knows.
void wait_for_openers() { std::this_thread::sleep_for(std::chrono::microseconds{100}); }

} // namespace

// Once the file is moved aside, it cannot be opened by its name any more, and a process that has it
// open by then is seen. The first look finds users that came after the object was listed, so that
// the file need not be moved. Neither a signal's default action nor its handler comes between
// moving a file and putting it back.
Removal remove_file(const Call& call, const Object& object, Place place) {
    const SignalsHeld undisturbed;
    const std::string file = place.file;
    if (!place.holds(object.id)) {
        return Removal::gone;
    }
    const LastLook look{place, object.id};
    if (const Removal before = look.now(); before != Removal::removed) {
        return before;
    }
    const int error = move_aside(place);
    if (error == ENOENT) {
        return Removal::gone;
    }
    if (error != 0) {
        throw_not_moved(call, error);
    }
    Removal found = place.holds(object.id) ? look.now() : Removal::gone;
    if (found == Removal::removed && look.keeps_openers_out()) {
        wait_for_openers();
        found = look.now();
    }
    if (found != Removal::removed) {
        put_back(call, place, file);
        return found;
    }
    return unlink(call, place);
}

void put_back_what_was_moved_aside(const Object& object) {
    const std::string before = is_sysv(object.kind) ? std::string{} : name_before(file_of(object));
    if (!before.empty()) {
        const Place aside = place_of(object);
        if (aside.holds(object.id)) {
            move(aside, before);
        }
    }
}

} // namespace crex::detail
