// SPDX-License-Identifier: BSL-1.0
#include "premise_and_conclusion/objects.hpp"

#include <utility>

#include "common/opening.hpp"

namespace demo {
namespace {

// The memory's descriptor is closed at the end of the function; the mapping stays.

Objects create(const Parameters& parameters) {
    std::vector<Creation> creations;
    const crex::SharedMemory memory{parameters.shared_memory_name,
                                    crex::O_CREX,
                                    {.mode = parameters.permissions, .size = parameters.shm_size}};
    creations.emplace_back(shared_memory_of(parameters));
    crex::Semaphore semaphore{parameters.semaphore_name,
                              crex::O_CREX,
                              {.mode = parameters.permissions, .initial_value = 0}};
    creations.emplace_back(semaphore_of(parameters));
    const auto id = creations.front().id();
    return {std::move(creations), id, memory.map(), std::move(semaphore)};
}

std::optional<Objects> try_open(const Parameters& parameters) {
    const auto memory = crex::SharedMemory::try_open(parameters.shared_memory_name);
    if (!memory || memory->size() == 0) {
        return std::nullopt;
    }
    auto semaphore = crex::Semaphore::try_open(parameters.semaphore_name);
    if (!semaphore) {
        return std::nullopt;
    }
    return Objects{{}, id_of(shared_memory_of(parameters)), memory->map(), *std::move(semaphore)};
}

} // namespace

Objects create_objects(const Parameters& parameters) {
    return create_or_explain({shared_memory_of(parameters), semaphore_of(parameters)}, parameters,
                             [&] { return create(parameters); });
}

Objects open_objects(const Parameters& parameters) {
    return open_soon("there is no shared memory " + parameters.shared_memory_name +
                         " with a semaphore " + parameters.semaphore_name +
                         " to converse in; start premise first",
                     [&] { return try_open(parameters); });
}

} // namespace demo
