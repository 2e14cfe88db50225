// SPDX-License-Identifier: BSL-1.0
#include <crex/limits.hpp>

#include <climits>

#include <semaphore.h>
#include <signal.h>
#include <unistd.h>

namespace crex {

std::size_t page_size() { return static_cast<std::size_t>(sysconf(_SC_PAGESIZE)); }

unsigned semaphore_value_max() { return SEM_VALUE_MAX; }

int user_signal_min() { return SIGRTMIN; }

int user_signal_max() { return SIGRTMAX; }

} // namespace crex
