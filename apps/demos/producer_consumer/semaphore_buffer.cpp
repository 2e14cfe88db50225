// SPDX-License-Identifier: BSL-1.0
#include <crex/semaphore.hpp>

#include "producer_consumer/textbook.hpp"
#include "producer_consumer/unnamed.hpp"

namespace demo {
namespace {

crex::Semaphore counting_from(std::size_t value) {
    return unnamed<crex::Semaphore>(
        crex::SemaphoreOptions{.initial_value = static_cast<unsigned>(value)});
}

} // namespace

std::unique_ptr<Buffer> make_semaphore_buffer(const Size& size) {
    return std::make_unique<Textbook<crex::Semaphore>>(
        Semaphores<crex::Semaphore>{counting_from(size.capacity), counting_from(0),
                                    counting_from(1)},
        unnamed_memory(CircularArray::bytes(size)), size);
}

} // namespace demo
