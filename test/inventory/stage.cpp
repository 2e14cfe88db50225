// SPDX-License-Identifier: BSL-1.0
#include "inventory/stage.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <unistd.h>

#include "helpers/ordinary_user.hpp"
#include "support/expect.hpp"
#include "support/private_shm.hpp"

namespace test {
namespace {

namespace fs = std::filesystem;

int ready = -1; // in a holder: the pipe that reports that all is arranged

bool can_be_read(const fs::path& process) {
    return std::ifstream{process / "maps"}.good() && ::access((process / "fd").c_str(), R_OK) == 0;
}

// In a sandbox, not even root may look into some processes. An empty one takes the place of such a
// process.
bool replace(const fs::path& process) {
    if (mount("tmpfs", process.c_str(), "tmpfs", 0, nullptr) != 0) {
        return false;
    }
    fs::create_directory(process / "fd");
    fs::create_directory(process / "task");
    std::ofstream{process / "maps"};
    std::ofstream{process / "stat"};
    return true;
}

bool let_all_be_read() {
    std::vector<fs::path> processes;
    for (const auto& entry : fs::directory_iterator{"/proc"}) {
        if (std::isdigit(static_cast<unsigned char>(entry.path().filename().string()[0])) != 0) {
            processes.push_back(entry.path());
        }
    }
    return std::all_of(processes.begin(), processes.end(), [](const fs::path& process) {
        return can_be_read(process) || !fs::exists(process) || replace(process);
    });
}

// Also mounts the kernel's queues where an ordinary user can list them.
bool mount_kernel_queues() {
    const char* const directory = "/dev/shm/mqueue";
    return fs::create_directory(directory) && mount("mqueue", directory, "mqueue", 0, nullptr) == 0;
}

} // namespace

bool enter_stage() {
    const bool entered = geteuid() == 0 && unshare(CLONE_NEWIPC) == 0 &&
                         enter_private_shm("256m") && mount_kernel_queues() && let_all_be_read();
    if (!entered) {
        skip("no namespaces of one's own are permitted");
    }
    return entered;
}

Holder::Holder(const std::function<void()>& body, int)
    : process_{[&] {
          std::array<int, 2> pipe{};
          if (pipe2(pipe.data(), O_CLOEXEC) != 0) {
              throw std::runtime_error{"pipe2"};
          }
          Process process{[&] {
              ::close(pipe[0]);
              ready = pipe[1];
              body();
              return 0;
          }};
          ::close(pipe[1]);
          char byte = 0;
          const bool arranged = ::read(pipe[0], &byte, 1) == 1;
          ::close(pipe[0]);
          if (!arranged) {
              throw std::runtime_error{"the holder has ended: " + std::to_string(process.wait())};
          }
          return process;
      }()} {}

void Holder::rest() {
    (void)!::write(ready, "!", 1);
    for (;;) {
        pause();
    }
}

void Holder::stop() {
    process_.signal(SIGSTOP);
    while (state_of(process_.pid()) != 'T') {
        usleep(100);
    }
}

std::optional<crex::Object> found(crex::ObjectKind kind, const std::string& name) {
    for (const crex::Object& object : crex::list_objects().objects) {
        if (object.kind == kind && object.name == name) {
            return object;
        }
    }
    return std::nullopt;
}

crex::ObjectState state_seen_by(const std::function<crex::ObjectState()>& body) {
    const int state = in_child([&] { return static_cast<int>(body()); });
    if (state < 0 || state > static_cast<int>(crex::ObjectState::unknown)) {
        throw std::runtime_error{"looking has failed: " + std::to_string(state)};
    }
    return static_cast<crex::ObjectState>(state);
}

void become_nobody() {
    if (!become_ordinary_user()) {
        throw std::runtime_error{"cannot become nobody"};
    }
}

} // namespace test
