// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Marks the symbols that a shared libcrex exports; all others stay hidden.
#define CREX_EXPORT __attribute__((visibility("default")))

/// For a private class inside an exported one, which would otherwise be exported with it.
#define CREX_HIDDEN __attribute__((visibility("hidden")))
