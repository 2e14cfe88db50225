// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <cstdlib>

#include <dlfcn.h>

// The C library's functions that this library replaces by functions of the same names.

namespace crex::mqueue {

// The function of that name that would be called without this library: the C library's, or that of
// another library that was loaded in between. Safe in a signal handler once it has been called, or
// looked up.
template <class Function> class Next {
public:
    constexpr explicit Next(const char* name) : name_{name} {}

    void look_up() const noexcept {
        known_.store(reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name_)),
                     std::memory_order_relaxed);
    }

    template <class... Arguments> auto operator()(Arguments... arguments) const {
        if (known_.load(std::memory_order_relaxed) == nullptr) [[unlikely]] {
            look_up();
        }
        Function* const function = known_.load(std::memory_order_relaxed);
        if (function == nullptr) {
            std::abort(); // the program was linked against it
        }
        return function(arguments...);
    }

private:
    const char* name_;
    mutable std::atomic<Function*> known_{nullptr};
};

inline constinit const Next<int(int)> next_close{"close"};
inline constinit const Next<int(int, int, ...)> next_fcntl{"fcntl"};

} // namespace crex::mqueue
