// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <grp.h>
#include <sys/prctl.h>
#include <unistd.h>

namespace test {

/// Makes this process an ordinary user's, unless it already is. False when that is not possible.
/// Other processes may still trace it, as LeakSanitizer does when it ends.
inline bool become_ordinary_user() {
    constexpr unsigned nobody = 65534;
    return geteuid() != 0 || (setgroups(0, nullptr) == 0 && setgid(nobody) == 0 &&
                              setuid(nobody) == 0 && prctl(PR_SET_DUMPABLE, 1) == 0);
}

} // namespace test
