// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "crash/corruption/dice.hpp"

// Damage to the bytes of a robust queue: at random, and at each field of its structure in turn.

namespace hostile {

/// Where the parts of a queue's file are (lib/LAYOUT.md), as its header says.
struct Shape {
    std::size_t size = 0;
    std::size_t capacity = 0;
    std::size_t item_size = 0;
    std::size_t priority_lists = 0;
    std::size_t shelf_count = 0;
    std::size_t links = 0;
    std::size_t order = 0;
    std::size_t slots = 0;
    std::size_t stride = 0;
};

Shape shape_of(std::span<const std::byte> file);

/// A word of the structure: what has 8 bytes, a size or a sequence, is two of them.
struct Field {
    std::size_t offset;
    bool is_lock = false;
};

/// All of the structure, but for participants and priorities, of which a few stand for all, and for
/// what the messages say.
std::vector<Field> fields_of(const Shape& shape);

/// The word that names the holder of a lock, or the owner of a slot.
std::uint32_t identity_of(std::span<const std::byte> file, std::size_t participant);

enum class End { senders, receivers };

/// Makes it look as if that participant held the lock.
void forge_holder(std::span<std::byte> file, End end, std::size_t participant);

/// Makes it look as if nobody had shut the queue down, which cannot be repaired.
void reopen(std::span<std::byte> file);

class Mutator {
public:
    explicit Mutator(std::span<const std::byte> file);

    /// How many fields there are, times how many values each is given.
    [[nodiscard]] std::size_t aims() const { return fields_.size() * values_.size(); }

    /// Damages it in a way that nobody chose.
    std::string throw_dice(std::span<std::byte> file, std::uint64_t number) const;

    /// Damages `file` as `number` says: the same way each time. Answers what was done. Leaves no
    /// lock that names the living: those keep everybody waiting for 10 s, as they should.
    std::string mutate(std::span<std::byte> file, std::uint64_t number) const;

private:
    void spare_the_living(std::span<std::byte> file) const;
    std::string aim(std::span<std::byte> file, std::uint64_t number) const;
    std::string flip(std::span<std::byte> file, Dice& dice) const;
    std::string splat(std::span<std::byte> file, Dice& dice) const;
    std::string scatter(std::span<std::byte> file, Dice& dice) const;
    std::string copy(std::span<std::byte> file, Dice& dice) const;
    std::string wipe(std::span<std::byte> file, Dice& dice) const;
    std::size_t some_offset(Dice& dice) const;

    Shape shape_;
    std::vector<Field> fields_;
    std::vector<std::uint64_t> values_; // that are likely to be taken for something
    std::vector<std::uint32_t> living_; // identities
};

} // namespace hostile
