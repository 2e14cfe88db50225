// SPDX-License-Identifier: BSL-1.0
#include <cerrno>
#include <csignal>
#include <cstdio>

#include "inventory/removal.hpp"

namespace crex::detail {
namespace {

// Neither a signal's default nor its handler comes between moving a file and putting it back.
class Undisturbed {
public:
    Undisturbed() {
        sigset_t all;
        sigfillset(&all);
        pthread_sigmask(SIG_BLOCK, &all, &before_);
    }
    ~Undisturbed() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
    Undisturbed(const Undisturbed&) = delete;
    Undisturbed& operator=(const Undisturbed&) = delete;

private:
    sigset_t before_{};
};

// 0 or an errno value.
int move(const Place& from, const std::string& to) {
    const int folder = from.folder.get();
    return renameat2(folder, from.file.c_str(), folder, to.c_str(), RENAME_NOREPLACE) == 0 ? 0
                                                                                           : errno;
}

// The longest names keep their end, so that the file can still be told.
std::string name_aside(const std::string& file) {
    constexpr std::size_t longest = 255;
    const std::string prefix{"crex-aside."};
    const std::size_t room = longest - prefix.size();
    return prefix + (file.size() <= room ? file : file.substr(file.size() - room));
}

void put_back(const Call& call, const Place& aside, const std::string& file) {
    const int error = move(aside, file);
    if (error != 0) {
        throw_errno(call, error,
                    "it is in use after all, and somebody has taken its name meanwhile; it is "
                    "called /" +
                        aside.file + " now");
    }
}

} // namespace

// Moved aside, it cannot be opened by its name any more; who has it by then, is seen. The look
// before that is for what has come into use since it was listed, so that it need not be moved.
Removal remove_file(const Call& call, const Object& object, Place place) {
    const Undisturbed here;
    const std::string file = place.file;
    const std::string aside = name_aside(file);
    if (!place.holds(object.id)) {
        return Removal::gone;
    }
    if (const Removal before = look_again(object.id); before != Removal::removed) {
        return before;
    }
    const int error = move(place, aside);
    if (error == ENOENT) {
        return Removal::gone;
    }
    if (error != 0) {
        throw_errno(call, error, error == EEXIST ? "something is called /" + aside : "");
    }
    place.file = aside;
    const Removal found = place.holds(object.id) ? look_again(object.id) : Removal::gone;
    if (found != Removal::removed) {
        put_back(call, place, file);
        return found;
    }
    return unlink(call, place);
}

} // namespace crex::detail
