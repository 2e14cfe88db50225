// SPDX-License-Identifier: BSL-1.0

// Compiled for the headers that are compiled with it.
