// SPDX-License-Identifier: BSL-1.0
#pragma once

enum { md5_size = 33 };

/// Writes the MD5 digest of the text to `digest`: 32 hexadecimal characters and a NUL.
void md5(const char* text, char* digest);
