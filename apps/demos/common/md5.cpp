// SPDX-License-Identifier: BSL-1.0
#include "common/md5.hpp"

#include <array>
#include <stdexcept>

#include <openssl/evp.h>

namespace demo {
namespace {

struct Free {
    void operator()(EVP_MD* algorithm) const { EVP_MD_free(algorithm); }
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

void check(bool succeeded) {
    if (!succeeded) {
        throw std::runtime_error{"OpenSSL offers no MD5 here"};
    }
}

std::string hex(const std::array<unsigned char, 16>& bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text(2 * bytes.size(), '0');
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        text[2 * i] = digits[bytes[i] >> 4U];
        text[2 * i + 1] = digits[bytes[i] & 0xFU];
    }
    return text;
}

} // namespace

struct Md5::Impl {
    std::unique_ptr<EVP_MD, Free> algorithm{EVP_MD_fetch(nullptr, "MD5", nullptr)};
    std::unique_ptr<EVP_MD_CTX, Free> context{EVP_MD_CTX_new()};
};

Md5::Md5() : impl_{std::make_unique<Impl>()} {
    check(impl_->algorithm && impl_->context &&
          EVP_DigestInit_ex2(impl_->context.get(), impl_->algorithm.get(), nullptr) == 1);
}

Md5::~Md5() = default;

std::string Md5::operator()(std::string_view text) {
    EVP_MD_CTX* const context = impl_->context.get();
    std::array<unsigned char, 16> bytes{};
    check(EVP_DigestInit_ex2(context, nullptr, nullptr) == 1 && // the same algorithm as before
          EVP_DigestUpdate(context, text.data(), text.size()) == 1 &&
          EVP_DigestFinal_ex(context, bytes.data(), nullptr) == 1);
    return hex(bytes);
}

} // namespace demo
