// SPDX-License-Identifier: BSL-1.0
#pragma once

// Marks what a shared libcrex exports; everything else stays hidden.
#define CREX_EXPORT __attribute__((visibility("default")))
