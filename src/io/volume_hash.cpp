// SPDX-License-Identifier: Apache-2.0
#include <cstring>
#include <memory>

#include <fmt/format.h>
#include <openssl/evp.h>

#include "ctffr/core/error.hpp"
#include "ctffr/io/volume.hpp"

namespace ctffr {

std::string hash_of(const Volume& volume) {
    const ImageGeometry& g = volume.geometry;
    const std::int32_t size[3] = {g.size.x, g.size.y, g.size.z};
    double reals[15] = {g.spacing_mm.x,    g.spacing_mm.y,    g.spacing_mm.z,
                        g.origin_lps_mm.x, g.origin_lps_mm.y, g.origin_lps_mm.z};
    for (int row = 0; row < 3; ++row)
        for (int column = 0; column < 3; ++column) reals[6 + 3 * row + column] = g.direction.m[row][column];
    for (double& value : reals) value += 0.0;  // -0 and 0 are the same place
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int length = 0;
    if (!context || EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) != 1 ||
        EVP_DigestUpdate(context.get(), size, sizeof size) != 1 ||
        EVP_DigestUpdate(context.get(), reals, sizeof reals) != 1 ||
        EVP_DigestUpdate(context.get(), volume.hu.data(), volume.hu.size() * sizeof(std::int16_t)) != 1 ||
        EVP_DigestFinal_ex(context.get(), digest, &length) != 1)
        throw Error(ExitCode::internal, "The SHA-256 of OpenSSL failed.");
    std::string hex;
    for (unsigned int i = 0; i < length; ++i) hex += fmt::format("{:02x}", digest[i]);
    return hex;
}

}  // namespace ctffr
