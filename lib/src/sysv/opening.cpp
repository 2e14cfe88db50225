// SPDX-License-Identifier: BSL-1.0
#include "sysv/opening.hpp"

#include <cerrno>
#include <cstdio>
#include <limits>
#include <random>

#include <sys/ipc.h>

#include <crex/open_flags.hpp>

#include "platform/cancellation.hpp"

namespace crex {

namespace detail {

static_assert(sysv::ipc_private == IPC_PRIVATE);
static_assert(sizeof(key_t) == sizeof(std::int32_t));

void throw_not_opened(const Call& call, int error, std::string_view cause) {
    if (error == ENOSYS) {
        throw_limit(call, error, "this kernel has no System V objects (CONFIG_SYSVIPC)");
    }
    throw_errno(call, error, cause);
}

KeyOpening::KeyOpening(const char* function, sysv::Key key, int flags, unsigned mode,
                       Missing missing)
    : function_{function}, wanted_{(flags & o_creat) != 0, (flags & O_CREX) == O_CREX, !key},
      missing_{missing} {
    set_key(key ? *key : random_key());
    if ((flags & (IPC_CREAT | IPC_EXCL)) != 0) {
        throw_invalid(call(), "IPC_CREAT and IPC_EXCL are crex::o_creat and crex::o_excl here");
    }
    check_flags(call(), flags, O_CREX);
    check_mode(call(), mode);
    if (wanted_.random && !wanted_.exclusive) {
        throw_invalid({function, "nullopt", false}, "only O_CREX can do without a key");
    }
    if (key_ == sysv::ipc_private && !wanted_.create) {
        throw_invalid(call(), "IPC_PRIVATE always makes a new one: with o_creat or O_CREX");
    }
    wanted_.exclusive = wanted_.exclusive || key_ == sysv::ipc_private;
}

void KeyOpening::set_key(std::int32_t key) {
    char text[16];
    std::snprintf(text, sizeof text, "key 0x%08x", static_cast<unsigned>(key));
    key_ = key;
    text_ = text;
}

// sysv_ipc uses random keys of 15 bits, of which one is soon in use.
std::int32_t KeyOpening::random_key() {
    const CancellationHeld held;
    std::random_device random;
    return std::uniform_int_distribution<std::int32_t>{1, std::numeric_limits<std::int32_t>::max()}(
        random);
}

void KeyOpening::throw_existential() const {
    const bool taken = wanted_.exclusive;
    throw_errno(call(), taken ? EEXIST : ENOENT,
                taken ? "the key is taken" : "there is none with that key");
}

} // namespace detail

std::int32_t sysv::ftok(const std::string& path, int id) {
    const detail::Call call{"sysv::ftok", path};
    if (id < 1 || id > 255) {
        detail::throw_invalid(call, "the id " + std::to_string(id) + " is not within 1 to 255");
    }
    const key_t key = ::ftok(path.c_str(), id);
    if (key == -1) {
        detail::throw_errno(call, errno);
    }
    return key;
}

} // namespace crex
