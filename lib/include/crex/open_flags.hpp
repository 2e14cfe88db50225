// SPDX-License-Identifier: BSL-1.0
#pragma once

// The flags with which a named object is opened, as in open(2) and posix_ipc.
//
//   0        open what exists; ExistentialError when it does not
//   o_creat  open what exists, or create it
//   O_CREX   create it; ExistentialError when the name is taken
//   o_trunc  shared memory only: drop the present content
//
// With o_creat alone, if other processes create and remove the object again and again for 1 s or
// more, BusyError.
//
// The flags have the values of <fcntl.h>, so O_CREAT, O_EXCL and O_TRUNC can be used instead. Those
// three are macros and cannot be members of a namespace: hence the lower-case names here.

namespace crex {

/// Open or create; with o_creat, fail if the name is taken; drop the content of shared memory.
inline constexpr int o_creat = 0100;
inline constexpr int o_excl = 0200;
inline constexpr int o_trunc = 01000;

/// Create, exclusively. The library is named after it.
inline constexpr int O_CREX = o_creat | o_excl;

} // namespace crex
