// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "crash/corruption/random_numbers.hpp"

// Damage to the bytes of a robust queue: at random, and at each field of its structure in turn.

namespace hostile {

/// Offsets and sizes of the parts of a queue's file (lib/LAYOUT.md), from its header.
struct Shape {
    std::size_t size = 0;
    std::size_t capacity = 0;
    std::size_t item_size = 0;
    std::size_t priority_lists = 0;
    std::size_t links = 0;
    std::size_t order = 0;
    std::size_t slots = 0;
    std::size_t stride = 0;
};

Shape shape_of(std::span<const std::byte> file);

/// A word of the structure. A size or a sequence, which has 8 bytes, counts as two words.
struct Field {
    std::size_t offset;
    bool is_lock = false;
};

/// All words of the structure. Of the participants and priorities a few stand for all. The bodies
/// of messages are left out.
std::vector<Field> fields_of(const Shape& shape);

/// The word that names the holder of a lock, or the owner of a slot.
std::uint32_t identity_of(std::span<const std::byte> file, std::size_t participant);

enum class End { senders, receivers };

/// Makes it look as if this participant held the lock.
void forge_holder(std::span<std::byte> file, End end, std::size_t participant);

/// Makes it look as if the queue had not been shut down. A shutdown cannot be repaired.
void reopen(std::span<std::byte> file);

class Mutator {
public:
    explicit Mutator(std::span<const std::byte> file);

    /// The number of fields times the number of values that each field is given.
    [[nodiscard]] std::size_t aims() const { return fields_.size() * values_.size(); }

    /// Damages the file at random.
    std::string damage_at_random(std::span<std::byte> file, std::uint64_t number) const;

    /// Damages `file` as `number` says, the same way each time, and returns a description. Leaves
    /// no lock that names a living participant: such a lock keeps every caller waiting for 10 s, as
    /// it should.
    std::string mutate(std::span<std::byte> file, std::uint64_t number) const;

private:
    void spare_the_living(std::span<std::byte> file) const;
    std::string aim(std::span<std::byte> file, std::uint64_t number) const;
    std::string flip(std::span<std::byte> file, RandomNumbers& random) const;
    std::string splat(std::span<std::byte> file, RandomNumbers& random) const;
    std::string scatter(std::span<std::byte> file, RandomNumbers& random) const;
    std::string copy(std::span<std::byte> file, RandomNumbers& random) const;
    std::string wipe(std::span<std::byte> file, RandomNumbers& random) const;
    std::size_t some_offset(RandomNumbers& random) const;

    Shape shape_;
    std::vector<Field> fields_;
    std::vector<std::uint64_t> values_; // likely to be mistaken for something valid
    std::vector<std::uint32_t> living_; // identities of living participants
};

} // namespace hostile
