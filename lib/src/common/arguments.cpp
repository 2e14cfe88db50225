// SPDX-License-Identifier: BSL-1.0
#include "common/arguments.hpp"

#include <cerrno>
#include <cstdio>

#include <fcntl.h>

#include <crex/limits.hpp>
#include <crex/open_flags.hpp>

#include "platform/file.hpp"
#include "platform/fork_safe_singleton.hpp"

namespace crex::detail {
namespace {

static_assert(o_creat == O_CREAT && o_excl == O_EXCL && o_trunc == O_TRUNC,
              "open_flags.hpp has the numbers of another architecture");

std::string octal(unsigned mode) {
    char text[16];
    std::snprintf(text, sizeof text, "%#o", mode);
    return text;
}

} // namespace

void check_flags(const Call& call, int flags, int known) {
    if ((flags & ~known) != 0) {
        throw_invalid(call, "unknown open flags " + octal(static_cast<unsigned>(flags & ~known)));
    }
    if ((flags & O_CREX) == o_excl) {
        throw_invalid(call, "O_EXCL without O_CREAT");
    }
}

void check_mode(const Call& call, unsigned mode) {
    if (mode > 0777) {
        throw_invalid(call, "mode " + octal(mode) + " is not within 0777; is it written in octal?");
    }
}

void check_handles(const Call& call, std::size_t max_handles) {
    if (max_handles == 0 || max_handles > robust_handles_max) {
        throw_invalid(call, "max_handles is 1 to " + std::to_string(robust_handles_max));
    }
}

const std::string& no_name() {
    static constinit ForkSafeSingleton<const std::string> none;
    return *none;
}

void check_file_name(const Call& call, std::size_t longest) {
    const std::string_view name = call.object;
    if (name.empty()) {
        throw_invalid(call, "the name is empty");
    }
    if (name.front() != '/') {
        throw_invalid(call, "the name must begin with a slash");
    }
    if (name.find('\0') != name.npos) {
        throw_invalid(call, "the name contains a NUL");
    }
    if (name.find('/', 1) != name.npos) {
        throw_invalid(call, "the name contains a second slash");
    }
    if (name == "/" || name == "/." || name == "/..") {
        throw_invalid(call, "the name is no name for a file");
    }
    if (name.size() - 1 > longest) {
        throw_invalid(call, "the name is " + std::to_string(name.size() - 1) +
                                " characters long; at most " + std::to_string(longest) +
                                " may follow the slash");
    }
}

void check_name(const Call& call, const NameRule& rule) {
    check_file_name(call, rule.longest);
    if (const FilePrefix* const reserved = rule.reserved_for(call.object)) {
        throw_invalid(call, std::string{"a name that begins with \"/"}
                                .append(reserved->prefix)
                                .append("\" is that of ")
                                .append(reserved->what));
    }
}

void ComesAndGoes::once_more(const Call& call) {
    constexpr unsigned few = 1'000;
    if (++rounds_ > few ? deadline_.passed() : too_late_.passed()) {
        throw_errno(
            call, EBUSY,
            "each time it is there when it is to be made, and gone when it is to be opened");
    }
}

Opening::Opening(const char* function, Name name, int flags, unsigned mode, const NameRule& rule,
                 int known_flags)
    : function_{function}, wanted_{(flags & o_creat) != 0, (flags & O_CREX) == O_CREX, !name},
      name_{name ? std::string{*name} : random_name()} {
    check_name(call(), rule);
    check_flags(call(), flags, known_flags);
    check_mode(call(), mode);
    if (wanted_.random && !wanted_.exclusive) {
        throw_invalid({function, ""}, "only O_CREX can do without a name");
    }
}

void Opening::throw_existential(const std::string& hint) const {
    const bool taken = wanted_.exclusive;
    const std::string cause = taken ? "the name is taken" : "there is none of that name";
    throw_errno(call(), taken ? EEXIST : ENOENT, cause + hint);
}

std::string Opening::random_name() { return "/crex-" + random_digits(); }

} // namespace crex::detail
