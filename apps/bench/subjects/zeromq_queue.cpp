// SPDX-License-Identifier: BSL-1.0

// ZeroMQ: a PUSH and a PULL socket over ipc://, each with a thread of the library behind it. Its
// limit of messages counts on either side, so each has half of the capacity.

#include <algorithm>
#include <cstddef>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>

#include <unistd.h>
#include <zmq.h>

#include "subjects/measure_any.hpp"
#include "subjects/subject.hpp"

namespace bench {

namespace {

int check_zeromq(int result, const char* call) {
    if (result < 0) {
        throw std::runtime_error{std::string{call} + ": " + zmq_strerror(zmq_errno())};
    }
    return result;
}

class ZeromqQueue : public Properties {
public:
    static constexpr bool unlinks = false;
    static constexpr unsigned senders = any_number;

    static Shape create(const std::string&, Shape shape) {
        limit_ = static_cast<int>(std::max<std::size_t>(1, shape.capacity / 2));
        return shape;
    }

    static void remove(const std::string& object) noexcept { unlink(path(object).c_str()); }

    ZeromqQueue(const std::string& object, End end) {
        const std::string address = "ipc://" + path(object);
        if (end != End::sends) {
            in_ = open(ZMQ_PULL, ZMQ_RCVHWM);
            check_zeromq(zmq_bind(in_.get(), address.c_str()), "zmq_bind");
        }
        if (end != End::receives) {
            out_ = open(ZMQ_PUSH, ZMQ_SNDHWM);
            const int soon = 1; // ms; until the other process has bound the address
            zmq_setsockopt(out_.get(), ZMQ_RECONNECT_IVL, &soon, sizeof soon);
            check_zeromq(zmq_connect(out_.get(), address.c_str()), "zmq_connect");
        }
    }

    void send(std::span<const std::byte> body, unsigned) {
        check_zeromq(zmq_send(out_.get(), body.data(), body.size(), 0), "zmq_send");
    }

    Arrival receive(std::span<std::byte> buffer) {
        const int size =
            check_zeromq(zmq_recv(in_.get(), buffer.data(), buffer.size(), 0), "zmq_recv");
        return {static_cast<std::size_t>(size), 0};
    }

private:
    struct Terminate {
        void operator()(void* context) const { zmq_ctx_term(context); }
    };
    struct Close {
        void operator()(void* socket) const { zmq_close(socket); }
    };
    using Socket = std::unique_ptr<void, Close>;

    static std::string path(const std::string& object) { return "/tmp" + object; }

    Socket open(int type, int limit_option) {
        Socket socket{zmq_socket(context_.get(), type)};
        if (!socket) {
            check_zeromq(-1, "zmq_socket");
        }
        check_zeromq(zmq_setsockopt(socket.get(), limit_option, &limit_, sizeof limit_), "ZMQ_HWM");
        const int none = 0; // when it closes, all messages have been received
        check_zeromq(zmq_setsockopt(socket.get(), ZMQ_LINGER, &none, sizeof none), "ZMQ_LINGER");
        return socket;
    }

    inline static int limit_ = 0; // of what create() made, for the children, too

    std::unique_ptr<void, Terminate> context_{zmq_ctx_new()};
    Socket in_;
    Socket out_;
};

const OptionalSubjects rows{
    subject<ZeromqQueue>("queue", "zeromq"),
    subject<ZeromqQueue>("curve", "zeromq"),
};

} // namespace

} // namespace bench
