// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <crex/sysv/object.hpp>

#include "common/arguments.hpp"
#include "common/errors.hpp"

namespace crex::detail {

struct KeyAndId {
    std::int32_t key;
    int id;
};

// Throws what `error` of semget(2), shmget(2) or msgget(2) means.
[[noreturn]] void throw_not_opened(const Call& call, int error, std::string_view cause = "");

// How a conflict between the flags and what exists is reported: as an error, or as nothing.
enum class Missing { is_error, is_nothing };

// A checked request to open an object by key: the counterpart of Opening.
class KeyOpening {
public:
    // Throws std::invalid_argument unless key, flags and mode are valid.
    KeyOpening(const char* function, sysv::Key key, int flags, unsigned mode, Missing missing);

    [[nodiscard]] std::int32_t key() const { return key_; }
    [[nodiscard]] bool creates() const { return wanted_.create; }
    [[nodiscard]] Call call() const { return {function_, text_, false}; }

    // See open_or_create(). Both functions return the object's id, or nothing.
    template <class Open, class Create> std::optional<KeyAndId> perform(Open open, Create create) {
        const std::optional<int> id =
            open_or_create(*this, wanted_, open, create, [this] { set_key(random_key()); });
        if (!id && missing_ == Missing::is_error) {
            throw_existential();
        }
        return id ? std::optional{KeyAndId{key_, *id}} : std::nullopt;
    }

private:
    [[noreturn]] void throw_existential() const;
    static std::int32_t random_key();
    void set_key(std::int32_t key);

    const char* function_;
    Wanted wanted_;
    Missing missing_;
    std::int32_t key_ = 0;
    std::string text_;
};

} // namespace crex::detail
