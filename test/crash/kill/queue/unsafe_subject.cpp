// SPDX-License-Identifier: BSL-1.0
#include "subject.hpp"

#include <utility>

namespace crash {

namespace {

// To send, it takes out all waiting messages and puts them back in front of the new one.
// Occasionally it leaves a message in the queue that it has received.
class UnsafeQueue final : public Queue {
public:
    explicit UnsafeQueue(std::unique_ptr<Queue> queue) : queue_{std::move(queue)} {}

    void send(const Item& item) override {
        for (const auto& each : take_all()) {
            queue_->send(each);
        }
        queue_->send(item);
    }
    std::size_t receive_into(std::span<std::byte> buffer) override {
        const std::size_t size = queue_->receive_into(buffer);
        if (++received_ % 50 == 0) {
            queue_->send({{reinterpret_cast<const char*>(buffer.data()), size}});
        }
        return size;
    }

    bool send_for(milliseconds timeout, const Item& item) override {
        return queue_->send_for(timeout, item);
    }
    std::optional<Item> receive_for(milliseconds timeout) override {
        return queue_->receive_for(timeout);
    }
    bool try_send(const Item& item) override { return queue_->try_send(item); }
    std::optional<Item> try_receive() override { return queue_->try_receive(); }
    Item receive() override { return queue_->receive(); }
    std::size_t count() override { return queue_->count(); }

private:
    Contents take_all() {
        Contents taken;
        for (auto got = queue_->try_receive(); got; got = queue_->try_receive()) {
            taken.push_back(*got);
        }
        return taken;
    }

    std::unique_ptr<Queue> queue_;
    std::size_t received_ = 0;
};

} // namespace

const Subject unsafe_queue{
    "unsafe queue",
    false,
    [](const std::string& name, const Shape& shape) -> std::unique_ptr<Queue> {
        return std::make_unique<UnsafeQueue>(kernel.create(name, shape));
    },
    [](const std::string& name) -> std::unique_ptr<Queue> {
        return std::make_unique<UnsafeQueue>(kernel.open(name));
    },
    [](const std::string& name) { kernel.unlink(name); },
    [](const std::string&) { return std::string{}; },
};

} // namespace crash
