// SPDX-License-Identifier: BSL-1.0
#include "crash/corruption/mutation.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "message_queue/robust/queue_memory.hpp"

namespace hostile {

namespace robust = crex::detail::robust;

namespace {

std::size_t rounded(std::size_t size) {
    return (size + robust::cache_line - 1) / robust::cache_line * robust::cache_line;
}

void store(std::span<std::byte> file, std::size_t offset, std::size_t width, std::uint64_t value) {
    std::memcpy(file.data() + offset, &value,
                std::min({width, sizeof value, file.size() - offset}));
}

constexpr std::size_t word_size = sizeof(std::uint32_t);

void add(std::vector<Field>& fields, std::size_t begin, std::size_t length) {
    for (std::size_t offset = begin; offset < begin + length; offset += word_size) {
        fields.push_back({offset});
    }
}

std::size_t lock_word(std::size_t lock) {
    return robust::body_offset + lock + offsetof(robust::Lock, word);
}

void add_body(std::vector<Field>& fields) {
    using robust::QueueBody;
    add(fields, robust::body_offset, offsetof(QueueBody, present));
    for (const std::size_t word : {0U, 1U, 2U, 3U, 126U, 1022U, 1023U}) {
        fields.push_back({robust::body_offset + offsetof(QueueBody, present) + word * word_size});
    }
    const std::array locks{lock_word(offsetof(QueueBody, senders)),
                           lock_word(offsetof(QueueBody, receivers))};
    for (Field& field : fields) {
        field.is_lock = std::find(locks.begin(), locks.end(), field.offset) != locks.end();
    }
}

// A slot's control word in each state, owned by `owner`.
void add_control_words(std::vector<std::uint64_t>& values, std::uint32_t owner) {
    for (const auto state : {0, 1, 2, 3, 4, 7}) {
        const auto slot_state = static_cast<robust::SlotState>(state);
        values.push_back(robust::Control{slot_state, robust::Identity{owner}, 1, 5}.bits());
    }
}

} // namespace

Shape shape_of(std::span<const std::byte> file) {
    robust::Header header{};
    std::memcpy(&header, file.data(), sizeof header);
    Shape shape;
    shape.size = file.size();
    shape.capacity = header.capacity;
    shape.item_size = header.item_size;
    shape.priority_lists = robust::body_offset + sizeof(robust::QueueBody);
    shape.stride = rounded(sizeof(robust::Slot) + shape.item_size);
    shape.slots = shape.size - shape.capacity * shape.stride;
    const std::size_t handoff_ring = std::min<std::size_t>(4096, std::bit_ceil(shape.capacity));
    shape.order = shape.slots - rounded(handoff_ring * 8) - rounded(shape.capacity * 4);
    shape.links = shape.order - rounded(shape.capacity * 4);
    return shape;
}

std::vector<Field> fields_of(const Shape& shape) {
    std::vector<Field> fields;
    add(fields, 0, sizeof(robust::Header));
    for (const std::size_t number : {0U, 1U, 2U, 511U}) {
        constexpr std::size_t entry = sizeof(robust::ParticipantEntry);
        add(fields, robust::participants_offset + number * entry, entry);
    }
    add_body(fields);
    add(fields, shape.priority_lists,
        shape.slots - shape.priority_lists); // and the lists behind them
    for (std::size_t i = 0; i < shape.capacity; ++i) {
        add(fields, shape.slots + i * shape.stride, sizeof(robust::Slot));
    }
    return fields;
}

std::uint32_t identity_of(std::span<const std::byte> file, std::size_t participant) {
    std::uint32_t state = 0;
    std::memcpy(&state,
                file.data() + robust::participants_offset +
                    participant * sizeof(robust::ParticipantEntry),
                sizeof state);
    return robust::Identity{static_cast<std::uint32_t>(participant), state >> 1}.bits();
}

void forge_holder(std::span<std::byte> file, End end, std::size_t participant) {
    const std::size_t lock = end == End::senders ? offsetof(robust::QueueBody, senders)
                                                 : offsetof(robust::QueueBody, receivers);
    store(file, lock_word(lock), word_size, identity_of(file, participant));
}

void reopen(std::span<std::byte> file) {
    const std::size_t at = robust::body_offset + offsetof(robust::QueueBody, status);
    std::uint32_t status = 0;
    std::memcpy(&status, file.data() + at, sizeof status);
    store(file, at, sizeof status, status & ~robust::shut_down);
}

Mutator::Mutator(std::span<const std::byte> file)
    : shape_{shape_of(file)}, fields_{fields_of(shape_)} {
    const std::uint64_t capacity = shape_.capacity;
    const std::uint64_t size = shape_.item_size;
    values_ = {0,           1,           2,     3,          capacity - 1, capacity,
               size,        size + 1,    32767, 32768,      0x7fff'ffff,  0x8000'0000,
               0xffff'fffe, 0xffff'ffff, ~0ULL, 1ULL << 62, 1ULL << 63,   shape_.size};
    for (const std::size_t participant : {0U, 1U, 2U}) {
        living_.push_back(identity_of(file, participant));
    }
    for (const std::size_t participant : {0U, 1U, 2U, 511U}) {
        values_.push_back(identity_of(file, participant));
        add_control_words(values_, identity_of(file, participant));
    }
}

std::string Mutator::mutate(std::span<std::byte> file, std::uint64_t number) const {
    std::string story = number % 4 == 0 ? aim(file, number / 4) : damage_at_random(file, number);
    spare_the_living(file);
    return story;
}

void Mutator::spare_the_living(std::span<std::byte> file) const {
    for (const Field& field : fields_) {
        std::uint32_t word = 0;
        if (field.is_lock) {
            std::memcpy(&word, file.data() + field.offset, sizeof word);
            const bool living = std::find(living_.begin(), living_.end(),
                                          robust::Identity{word}.bits()) != living_.end();
            if (living) {
                store(file, field.offset, sizeof word, ~word);
            }
        }
    }
}

std::string Mutator::damage_at_random(std::span<std::byte> file, std::uint64_t number) const {
    RandomNumbers random{number};
    std::string story;
    for (std::size_t times = number % 4 == 3 ? 2 + random.below(7) : 1; times > 0; --times) {
        switch (random.below(9)) {
        case 0:
        case 1:
        case 2:
            story += flip(file, random);
            break;
        case 3:
        case 4:
        case 5:
            story += splat(file, random);
            break;
        case 6:
            story += copy(file, random);
            break;
        case 7:
            story += scatter(file, random);
            break;
        default:
            story += wipe(file, random);
            break;
        }
        story += "; ";
    }
    return story;
}

// Each field in turn gets each value in turn. There are as many mutations as pairs, each pair once.
std::string Mutator::aim(std::span<std::byte> file, std::uint64_t number) const {
    const Field& field = fields_[number % fields_.size()];
    const std::uint64_t value = values_[number / fields_.size() % values_.size()];
    store(file, field.offset, number % 3 == 0 ? 8 : word_size, value);
    return "word at " + std::to_string(field.offset) + " = " + std::to_string(value);
}

// An offset, mostly in the queue's structure.
std::size_t Mutator::some_offset(RandomNumbers& random) const {
    if (random.one_in(8)) {
        return random.below(shape_.size);
    }
    const Field& field = random.one_of(fields_);
    return field.offset + random.below(word_size);
}

std::string Mutator::flip(std::span<std::byte> file, RandomNumbers& random) const {
    const std::size_t at = some_offset(random);
    const std::size_t bit = random.below(8);
    file[at] ^= std::byte{1} << bit;
    return "bit " + std::to_string(bit) + " at " + std::to_string(at);
}

std::string Mutator::splat(std::span<std::byte> file, RandomNumbers& random) const {
    const std::size_t width = std::size_t{1} << random.below(4);
    const std::size_t at = some_offset(random) / width * width;
    const std::uint64_t value = random.one_in(2) ? random.next() : random.one_of(values_);
    store(file, at, width, value);
    return std::to_string(width) + " bytes at " + std::to_string(at) + " = " +
           std::to_string(value);
}

// Writes a range of random bytes.
std::string Mutator::scatter(std::span<std::byte> file, RandomNumbers& random) const {
    const std::size_t at = some_offset(random);
    const std::size_t length =
        std::min(1 + random.below(random.one_in(4) ? 4096 : 64), file.size() - at);
    std::generate_n(file.data() + at, length,
                    [&] { return static_cast<std::byte>(random.next()); });
    return std::to_string(length) + " bytes of noise at " + std::to_string(at);
}

// Copies bytes that are valid at one place to another place. This makes circular lists, and lists
// with one message twice.
std::string Mutator::copy(std::span<std::byte> file, RandomNumbers& random) const {
    const std::size_t begin = shape_.priority_lists;
    const std::size_t width = random.one_in(2) ? 4 : shape_.stride;
    const std::size_t from = begin + random.below(shape_.size - begin - width) / 4 * 4;
    const std::size_t to = begin + random.below(shape_.size - begin - width) / 4 * 4;
    std::memmove(file.data() + to, file.data() + from, width);
    return std::to_string(width) + " bytes from " + std::to_string(from) + " to " +
           std::to_string(to);
}

std::string Mutator::wipe(std::span<std::byte> file, RandomNumbers& random) const {
    const std::size_t at = some_offset(random) / 64 * 64;
    const std::size_t length = std::min(64 + random.below(4096), file.size() - at);
    const auto with = random.one_in(2) ? std::byte{0} : std::byte{0xff};
    std::fill_n(file.data() + at, length, with);
    return std::to_string(length) + " bytes wiped at " + std::to_string(at);
}

} // namespace hostile
