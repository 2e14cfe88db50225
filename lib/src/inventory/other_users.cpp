// SPDX-License-Identifier: BSL-1.0
#include "inventory/other_users.hpp"

#include <cerrno>
#include <chrono>
#include <thread>

#include <fcntl.h>
#include <sys/stat.h>

namespace crex::detail {
namespace {

UniqueFd open_to_ask(int directory, const std::string& file) {
    return UniqueFd{::openat(directory, file.c_str(),
                             O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY)};
}

} // namespace

OtherUsers::OtherUsers(int directory, const std::string& file, const ObjectId& id, int attempts) {
    using namespace std::chrono_literals;
    for (int attempt = 0; attempt < attempts; ++attempt) {
        if (attempt != 0) {
            std::this_thread::sleep_for(attempt * 50us);
        }
        lease_.reset();
        file_ = open_to_ask(directory, file);
        if (file_.get() >= 0) {
            const auto status = status_of(file_.get());
            if (!status || id_of(*status) != id) {
                return;
            }
            lease_.emplace(file_.get());
            if (lease_->others() != FileLease::Others::some) {
                return;
            }
        } else if (errno != EWOULDBLOCK) {
            return;
        }
    }
}

FileLease::Others OtherUsers::found() const {
    return lease_ ? lease_->others() : FileLease::Others::unknown;
}

void ask_for_other_users(FoundObject& found, int directory, const std::string& file) {
    const auto others = OtherUsers{directory, file, found.object.id, 1}.found();
    found.is_certain |= others == FileLease::Others::none;
    found.has_other_users = others == FileLease::Others::some;
}

} // namespace crex::detail
