// SPDX-License-Identifier: BSL-1.0
#include "servant.hpp"

#include <algorithm>
#include <cerrno>
#include <exception>
#include <system_error>

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace crash {

namespace {

template <std::size_t size> void copy(const std::string& text, std::array<char, size>& into) {
    std::copy_n(text.begin(), std::min(text.size(), size - 1), into.begin());
}

Report served(const Servant::Serve& serve, const Order& order) {
    try {
        return serve(order);
    } catch (const Complaint& problem) {
        return report(problem.fault, problem.what());
    } catch (const std::exception& error) {
        return report(Fault::other, error.what());
    }
}

void serve_all(const Servant::Serve& serve, int socket) {
    for (Order order; read(socket, &order, sizeof order) == sizeof order;) {
        const Report report = served(serve, order);
        if (write(socket, &report, sizeof report) != sizeof report) {
            return;
        }
    }
}

} // namespace

Order order(int verb, int argument, const std::string& name) {
    Order order{verb, argument, {}};
    copy(name, order.name);
    return order;
}

Report report(Fault fault, const std::string& text, int milliseconds) {
    Report report{fault, milliseconds, {}};
    copy(text, report.text);
    return report;
}

void Servant::start() {
    std::array<int, 2> ends{};
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) {
        throw std::system_error{errno, std::generic_category(), "socketpair"};
    }
    socket_ = ends[0];
    child_.emplace([&] {
        ::close(ends[0]);
        serve_all(serve_, ends[1]);
    });
    ::close(ends[1]);
}

void Servant::tell(const Order& order) {
    if (!child_) {
        start();
    }
    if (write(socket_, &order, sizeof order) != sizeof order) {
        throw std::system_error{errno, std::generic_category(), "giving an order"};
    }
}

bool Servant::has_answered(std::chrono::milliseconds within) {
    pollfd waiting{socket_, POLLIN, 0};
    return poll(&waiting, 1, static_cast<int>(within.count())) == 1;
}

Report Servant::answer(std::chrono::milliseconds limit) {
    Report answer;
    if (!has_answered(limit)) {
        dismiss();
        return report(Fault::hung, "no answer", static_cast<int>(limit.count()));
    }
    if (read(socket_, &answer, sizeof answer) != sizeof answer) {
        const int code = child_->wait();
        dismiss();
        return report(Fault::other, "died (" + std::to_string(code) + ")");
    }
    return answer;
}

Report Servant::ask(const Order& order, std::chrono::milliseconds limit) {
    tell(order);
    return answer(limit);
}

void Servant::dismiss() {
    if (child_) {
        child_.reset();
        ::close(socket_);
    }
}

} // namespace crash
