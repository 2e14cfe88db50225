// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cerrno>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "queue/subject.hpp"

namespace bench {

// The kernel's pipe with a name, as large as users may make it.
class Fifo {
public:
    static constexpr std::string_view name = "pipe";
    static constexpr bool batches = false;
    static constexpr bool lends = false;

    static Shape create(const std::string& object, Shape shape) {
        check(mkfifo(path(object).c_str(), 0600), "mkfifo");
        return shape;
    }

    static void remove(const std::string& object) noexcept { unlink(path(object).c_str()); }

    explicit Fifo(const std::string& object) : fd_{open(path(object).c_str(), O_RDWR | O_CLOEXEC)} {
        check(fd_, "open");
        constexpr int usual_limit = 1 << 20;
        fcntl(fd_, F_SETPIPE_SZ, usual_limit);
    }
    ~Fifo() { close(fd_); }
    Fifo(const Fifo&) = delete;
    Fifo& operator=(const Fifo&) = delete;

    void send(std::span<const std::byte> body, unsigned) {
        while (!body.empty()) {
            body = body.subspan(check(::write(fd_, body.data(), body.size()), "write"));
        }
    }

    Arrival receive(std::span<std::byte> buffer) {
        for (auto rest = buffer; !rest.empty();) {
            rest = rest.subspan(check(::read(fd_, rest.data(), rest.size()), "read"));
        }
        return {buffer.size(), 0};
    }

private:
    static std::string path(const std::string& object) { return "/dev/shm" + object; }

    static std::size_t check(ssize_t result, const char* what) {
        if (result < 0) {
            throw std::system_error{errno, std::generic_category(), what};
        }
        return static_cast<std::size_t>(result);
    }

    int fd_;
};

} // namespace bench
