// SPDX-License-Identifier: BSL-1.0
#include "subject.hpp"

#include <utility>

#include <crex/crex.hpp>

namespace crash {

namespace {

class CrexQueue final : public Queue {
public:
    explicit CrexQueue(crex::MessageQueue queue) : queue_{std::move(queue)} {}

    bool send_for(milliseconds timeout, const Item& item) override {
        return queue_.try_send_for(timeout, item.body, item.priority);
    }
    std::optional<Item> receive_for(milliseconds timeout) override {
        return as_item(queue_.try_receive_for(timeout));
    }
    bool try_send(const Item& item) override { return queue_.try_send(item.body, item.priority); }
    std::optional<Item> try_receive() override { return as_item(queue_.try_receive()); }

    void send(const Item& item) override { queue_.send(item.body, {}, item.priority); }
    Item receive() override {
        auto message = queue_.receive();
        return {std::move(message.body), message.priority};
    }
    std::size_t receive_into(std::span<std::byte> buffer) override {
        return queue_.receive_into(buffer).size;
    }
    std::size_t count() override { return queue_.current_messages(); }
    crex::MessageQueue* crex() override { return &queue_; }

private:
    static std::optional<Item> as_item(std::optional<crex::Message> message) {
        return message ? std::optional<Item>{{std::move(message->body), message->priority}}
                       : std::nullopt;
    }

    crex::MessageQueue queue_;
};

crex::MessageQueueOptions options_for(crex::Backend backend, const Shape& shape) {
    crex::MessageQueueOptions options{
        .max_messages = shape.capacity, .max_message_size = shape.message_size, .backend = backend};
    if (backend == crex::Backend::robust) {
        options.lifetime = shape.lifetime;
        options.max_attempts = shape.max_attempts;
        options.spin = 0;
    }
    return options;
}

template <crex::Backend backend>
std::unique_ptr<Queue> create(const std::string& name, const Shape& shape) {
    auto options = options_for(backend, shape);
    const std::string dead_letters = dead_letters_of(name);
    if (shape.max_attempts > 0) {
        options.dead_letter = dead_letters;
    }
    crex::MessageQueue queue{name, crex::O_CREX, options};
    if (shape.polled) {
        (void)queue.ready_fd();
    }
    return std::make_unique<CrexQueue>(std::move(queue));
}

template <crex::Backend backend> std::unique_ptr<Queue> open(const std::string& name) {
    auto queue = crex::MessageQueue::try_open(name, 0, options_for(backend, {}));
    return queue ? std::make_unique<CrexQueue>(std::move(*queue)) : nullptr;
}

template <crex::Backend backend> void unlink(const std::string& name) {
    try {
        crex::unlink_message_queue(name, backend);
    } catch (const crex::ExistentialError&) {
    }
}

template <crex::Backend backend> constexpr Subject subject(const char* name) {
    return {name,
            backend == crex::Backend::robust,
            create<backend>,
            open<backend>,
            unlink<backend>,
            [](const std::string& queue) {
                return backend == crex::Backend::robust ? "/dev/shm/crex-mq." + queue.substr(1)
                                                        : std::string{};
            }};
}

} // namespace

std::string dead_letters_of(const std::string& name) { return name + ".dead"; }

const Subject robust = subject<crex::Backend::robust>("robust");
const Subject kernel = subject<crex::Backend::posix>("kernel");

crex::MessageQueueOptions robust_options(const Shape& shape) {
    return options_for(crex::Backend::robust, shape);
}

} // namespace crash
