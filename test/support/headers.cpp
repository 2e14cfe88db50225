// SPDX-License-Identifier: BSL-1.0

// Exists to have its precompiled headers compiled.
