// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace demo {

// Computes MD5 digests, as md5sum does: 32 lower-case hexadecimal characters.
//
// Finding the algorithm and allocating a context cost far more than a digest; an Md5 does both only
// once. It is for one thread at a time.
class Md5 {
public:
    Md5();
    ~Md5();
    Md5(const Md5&) = delete;
    Md5& operator=(const Md5&) = delete;

    std::string operator()(std::string_view text);

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace demo
