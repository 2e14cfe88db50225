// SPDX-License-Identifier: BSL-1.0
#include "md5.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "status.h"

void md5(const char* text, char* digest) {
    static EVP_MD* algorithm;
    unsigned char bytes[16];
    if (algorithm == NULL) {
        algorithm = EVP_MD_fetch(NULL, "MD5", NULL);
    }
    if (algorithm == NULL || EVP_Digest(text, strlen(text), bytes, NULL, algorithm, NULL) != 1) {
        fprintf(stderr, "OpenSSL offers no MD5 here\n");
        exit(failure);
    }
    for (size_t i = 0; i < sizeof bytes; ++i) {
        digest[2 * i] = "0123456789abcdef"[bytes[i] >> 4];
        digest[2 * i + 1] = "0123456789abcdef"[bytes[i] & 0xF];
    }
    digest[2 * sizeof bytes] = '\0';
}
