// SPDX-License-Identifier: BSL-1.0
#include <crex/sysv.hpp>

#include "producer_consumer/cleanup_process.hpp"
#include "producer_consumer/textbook.hpp"

namespace demo {
namespace {

using crex::sysv::RemoveOnDestroy;
using crex::sysv::Semaphore;

// Unlike a named semaphore, this one cannot be used any more once it has been removed.
struct RemovedSemaphore {
    explicit RemovedSemaphore(std::size_t value)
        : semaphore{crex::sysv::ipc_private,
                    crex::O_CREX,
                    {.initial_value = static_cast<unsigned>(value)}} {}

    Semaphore semaphore;
    RemoveOnDestroy<Semaphore> removed{semaphore};
};

// Attached and then removed: the kernel keeps the memory until the last process detaches it.
crex::Mapping private_memory(std::size_t size) {
    crex::sysv::SharedMemory memory{crex::sysv::ipc_private, crex::O_CREX, {.size = size}};
    const RemoveOnDestroy removed{memory};
    return memory.attach();
}

class SysvBuffer final : public Buffer {
public:
    explicit SysvBuffer(const Size& size)
        : empty_{size.capacity}, textbook_{{empty_.semaphore, full_.semaphore, mutex_.semaphore},
                                           private_memory(CircularArray::bytes(size)),
                                           size} {}

    std::unique_ptr<ProducerEnd> producer_end(unsigned producer) override {
        return textbook_.producer_end(producer);
    }
    std::unique_ptr<ConsumerEnd> consumer_end(unsigned consumer) override {
        return textbook_.consumer_end(consumer);
    }
    void end() override { textbook_.end(); }

private:
    RemovedSemaphore empty_;
    RemovedSemaphore full_{0};
    RemovedSemaphore mutex_{1};
    CleanupProcess cleanup_{{[this] { empty_.semaphore.remove(); },
                             [this] { full_.semaphore.remove(); },
                             [this] { mutex_.semaphore.remove(); }}};
    Textbook<Semaphore> textbook_;
};

} // namespace

std::unique_ptr<Buffer> make_sysv_buffer(const Size& size) {
    return std::make_unique<SysvBuffer>(size);
}

} // namespace demo
