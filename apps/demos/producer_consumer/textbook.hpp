// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <crex/shared_memory.hpp>

#include "producer_consumer/buffer.hpp"

// The solution of the textbooks (Dijkstra, 1965): a circular array, and three semaphores, which
// count its empty places, its full places, and the processes that may touch it.

namespace demo {

// Its places lie one after the other in `memory`, behind two numbers: where the next item is to be
// put and to be taken. The caller must be the only one at a time.
class CircularArray {
public:
    CircularArray(crex::Mapping memory, const Size& size)
        : memory_{std::move(memory)}, capacity_{size.capacity}, item_{size.item},
          ends_{new (memory_.bytes().data()) Ends} {}

    static std::size_t bytes(const Size& size) { return sizeof(Ends) + size.capacity * size.item; }

    [[nodiscard]] bool empty() const { return ends_->in == ends_->out; }
    void put(std::span<const std::byte> item) {
        std::memcpy(place(ends_->in++), item.data(), item_);
    }
    void take(std::span<std::byte> item) { std::memcpy(item.data(), place(ends_->out++), item_); }

private:
    struct Ends {
        alignas(64) std::uint64_t in = 0;
        std::uint64_t out = 0;
    };

    std::byte* place(std::uint64_t number) {
        return memory_.bytes().data() + sizeof(Ends) + number % capacity_ * item_;
    }

    crex::Mapping memory_;
    std::size_t capacity_;
    std::size_t item_;
    Ends* ends_;
};

template <class Semaphore> struct Semaphores {
    Semaphore empty;
    Semaphore full;
    Semaphore mutex;
};

template <class Semaphore> class Textbook final : public Buffer {
public:
    Textbook(Semaphores<Semaphore> semaphores, crex::Mapping memory, const Size& size)
        : semaphores_{std::move(semaphores)}, array_{std::move(memory), size}, size_{size} {}

    std::unique_ptr<ProducerEnd> producer_end(unsigned) override {
        return std::make_unique<In>(*this);
    }
    std::unique_ptr<ConsumerEnd> consumer_end(unsigned) override {
        return std::make_unique<Out>(*this);
    }

    // Consumers find a place that is marked full, and an empty array.
    void end() override { semaphores_.full.release(size_.consumers); }

private:
    struct In final : ProducerEnd {
        explicit In(Textbook& whole) : all{whole} {}
        void put(std::span<const std::byte> item) override { all.put(item); }
        Textbook& all;
    };

    struct Out final : ConsumerEnd {
        explicit Out(Textbook& whole) : all{whole}, item(whole.size_.item) {}
        bool take(const Use& use) override {
            if (!all.take(item)) {
                return false;
            }
            use(item, false);
            return true;
        }
        Textbook& all;
        std::vector<std::byte> item;
    };

    void put(std::span<const std::byte> item) {
        semaphores_.empty.acquire();
        semaphores_.mutex.acquire();
        array_.put(item);
        semaphores_.mutex.release();
        semaphores_.full.release();
    }

    bool take(std::span<std::byte> item) {
        semaphores_.full.acquire();
        semaphores_.mutex.acquire();
        const bool there = !array_.empty();
        if (there) {
            array_.take(item);
        }
        semaphores_.mutex.release();
        semaphores_.empty.release();
        return there;
    }

    Semaphores<Semaphore> semaphores_;
    CircularArray array_;
    Size size_;
};

} // namespace demo
