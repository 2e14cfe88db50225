// SPDX-License-Identifier: BSL-1.0
#include "subject.hpp"

#include <boost/date_time/posix_time/posix_time_types.hpp>
#include <boost/interprocess/ipc/message_queue.hpp>

namespace crash {

namespace {

namespace bip = boost::interprocess;

class BoostQueue final : public Queue {
public:
    template <class... Arguments>
    explicit BoostQueue(Arguments&&... arguments) : queue_{std::forward<Arguments>(arguments)...} {}

    bool send_for(milliseconds timeout, const Item& item) override {
        return queue_.timed_send(item.body.data(), item.body.size(), item.priority, after(timeout));
    }
    std::optional<Item> receive_for(milliseconds timeout) override {
        return taken([&](auto&&... into) { return queue_.timed_receive(into..., after(timeout)); });
    }
    bool try_send(const Item& item) override {
        return queue_.try_send(item.body.data(), item.body.size(), item.priority);
    }
    std::optional<Item> try_receive() override {
        return taken([&](auto&&... into) { return queue_.try_receive(into...); });
    }
    void send(const Item& item) override {
        queue_.send(item.body.data(), item.body.size(), item.priority);
    }
    Item receive() override {
        return *taken([&](auto&&... into) {
            queue_.receive(into...);
            return true;
        });
    }
    std::size_t receive_into(std::span<std::byte> buffer) override {
        bip::message_queue::size_type size = 0;
        unsigned priority = 0;
        queue_.receive(buffer.data(), buffer.size(), size, priority);
        return size;
    }
    std::size_t count() override { return queue_.get_num_msg(); }

private:
    static boost::posix_time::ptime after(milliseconds timeout) {
        return boost::posix_time::microsec_clock::universal_time() +
               boost::posix_time::milliseconds{timeout.count()};
    }

    template <class Take> std::optional<Item> taken(Take&& take) {
        Item item;
        item.body.resize(queue_.get_max_msg_size());
        bip::message_queue::size_type size = 0;
        if (!take(item.body.data(), item.body.size(), size, item.priority)) {
            return std::nullopt;
        }
        item.body.resize(size);
        return item;
    }

    bip::message_queue queue_;
};

std::unique_ptr<Queue> create(const std::string& name, const Shape& shape) {
    return std::make_unique<BoostQueue>(bip::create_only, name.c_str(), shape.capacity,
                                        shape.message_size);
}

std::unique_ptr<Queue> open(const std::string& name) {
    try {
        return std::make_unique<BoostQueue>(bip::open_only, name.c_str());
    } catch (const bip::interprocess_exception& error) {
        if (error.get_error_code() == bip::not_found_error) {
            return nullptr;
        }
        throw;
    }
}

} // namespace

const Subject raw_boost{
    "raw Boost",
    false,
    create,
    open,
    [](const std::string& name) { bip::message_queue::remove(name.c_str()); },
    [](const std::string& name) { return "/dev/shm" + name; },
};

} // namespace crash
