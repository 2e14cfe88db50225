// SPDX-License-Identifier: BSL-1.0

// nng: a push and a pull socket over ipc://, with threads of the library behind them. The sender's
// buffer has room for as many messages as the capacity says.

#include <algorithm>
#include <cstddef>
#include <span>
#include <stdexcept>
#include <string>

#include <nng/nng.h>
#include <nng/protocol/pipeline0/pull.h>
#include <nng/protocol/pipeline0/push.h>
#include <unistd.h>

#include "subjects/measure_any.hpp"
#include "subjects/subject.hpp"

namespace bench {

namespace {

void check_nng(int result, const char* call) {
    if (result != 0) {
        throw std::runtime_error{std::string{call} + ": " + nng_strerror(result)};
    }
}

class NngQueue : public Properties {
public:
    static constexpr bool unlinks = false;
    static constexpr unsigned senders = any_number;

    static Shape create(const std::string&, Shape shape) {
        buffered_ = static_cast<int>(std::min<std::size_t>(shape.capacity, 8192)); // nng's limit
        return shape;
    }

    static void remove(const std::string& object) noexcept { unlink(path(object).c_str()); }

    NngQueue(const std::string& object, End end) {
        const std::string address = "ipc://" + path(object);
        if (end != End::sends) {
            check_nng(nng_pull0_open(&in_), "nng_pull0_open");
            check_nng(nng_socket_set_size(in_, NNG_OPT_RECVMAXSZ, 0), NNG_OPT_RECVMAXSZ);
            check_nng(nng_listen(in_, address.c_str(), nullptr, 0), "nng_listen");
        }
        if (end != End::receives) {
            check_nng(nng_push0_open(&out_), "nng_push0_open");
            (void)nng_socket_set_int(out_, NNG_OPT_SENDBUF, buffered_); // if this version has it
            check_nng(nng_socket_set_ms(out_, NNG_OPT_RECONNMINT, 1), NNG_OPT_RECONNMINT);
            check_nng(nng_dial(out_, address.c_str(), nullptr, NNG_FLAG_NONBLOCK), "nng_dial");
        }
    }
    ~NngQueue() {
        nng_close(out_);
        nng_close(in_);
    }
    NngQueue(const NngQueue&) = delete;
    NngQueue& operator=(const NngQueue&) = delete;

    // It does not change the message, which it copies.
    void send(std::span<const std::byte> body, unsigned) {
        check_nng(nng_send(out_, const_cast<std::byte*>(body.data()), body.size(), 0), "nng_send");
    }

    Arrival receive(std::span<std::byte> buffer) {
        std::size_t size = buffer.size();
        check_nng(nng_recv(in_, buffer.data(), &size, 0), "nng_recv");
        return {size, 0};
    }

private:
    static std::string path(const std::string& object) { return "/tmp" + object + ".nng"; }

    inline static int buffered_ = 0; // of what create() made, for the children, too

    nng_socket in_ = NNG_SOCKET_INITIALIZER;
    nng_socket out_ = NNG_SOCKET_INITIALIZER;
};

const OptionalSubjects rows{
    subject<NngQueue>("queue", "nng"),
    subject<NngQueue>("curve", "nng"),
};

} // namespace

} // namespace bench
