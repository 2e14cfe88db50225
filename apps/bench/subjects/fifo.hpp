// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <span>
#include <string>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "subjects/errno.hpp"
#include "subjects/subject.hpp"

namespace bench {

// The kernel's pipe with a name. It holds as many bytes as the messages take, from a page to as
// many as users may ask for.
class Fifo : public Properties {
public:
    static constexpr bool keeps = true;
    static constexpr bool named = true;
    static constexpr unsigned senders = any_number; // whose messages are not above PIPE_BUF
    static constexpr unsigned receivers = any_number;

    static Shape create(const std::string& object, Shape shape) {
        check(mkfifo(path(object).c_str(), 0600), "mkfifo");
        bytes_ =
            std::clamp(std::bit_ceil(shape.capacity * shape.size + page), 2 * page, usual_limit);
        shape.capacity = (bytes_ - page) / shape.size; // the page that is being read takes no more
        return shape;
    }

    static void remove(const std::string& object) noexcept { unlink(path(object).c_str()); }

    Fifo(const std::string& object, End)
        : fd_{check(open(path(object).c_str(), O_RDWR | O_CLOEXEC), "open")} {
        check(fcntl(fd_, F_SETPIPE_SZ, static_cast<int>(bytes_)), "F_SETPIPE_SZ");
    }
    ~Fifo() { close(fd_); }
    Fifo(const Fifo&) = delete;
    Fifo& operator=(const Fifo&) = delete;

    void send(std::span<const std::byte> body, unsigned) {
        while (!body.empty()) {
            const auto count = check(::write(fd_, body.data(), body.size()), "write");
            body = body.subspan(static_cast<std::size_t>(count));
        }
    }

    Arrival receive(std::span<std::byte> buffer) {
        for (auto rest = buffer; !rest.empty();) {
            const auto count = check(::read(fd_, rest.data(), rest.size()), "read");
            rest = rest.subspan(static_cast<std::size_t>(count));
        }
        return {buffer.size(), 0};
    }

private:
    static std::string path(const std::string& object) { return "/dev/shm" + object; }

    static constexpr std::size_t page = 4096;
    static constexpr std::size_t usual_limit = 1 << 20;

    inline static std::size_t bytes_ = 0; // of what create() made, for the children, too

    int fd_;
};

} // namespace bench
