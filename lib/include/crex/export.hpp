// SPDX-License-Identifier: BSL-1.0
#pragma once

// Marks what a shared libcrex exports; everything else stays hidden.
#define CREX_EXPORT __attribute__((visibility("default")))

// For a private class within an exported one, which would be exported with it.
#define CREX_HIDDEN __attribute__((visibility("hidden")))
