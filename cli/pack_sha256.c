/* SHA-256 (FIPS 180-4), for the digests by which an image names its parts. See pack.h.
 * The constants are what the standard defines: the first 32 bits of the fractional parts of the
 * square roots of the first 8 primes and of the cube roots of the first 64. */
#include "cli/pack.h"

#include <string.h>

static const uint32_t cubes[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

void pack_sha256_begin(struct pack_sha256 *sha)
{
    static const uint32_t squares[8] = {
        0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
        0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
    };
    memcpy(sha->state, squares, sizeof squares);
    sha->length = 0;
}

static uint32_t turn(uint32_t x, unsigned by)
{
    return x >> by | x << (32 - by);
}

static void one_block(uint32_t state[8], const unsigned char *block)
{
    uint32_t w[64], v[8];
    for (unsigned i = 0; i < 16; i++, block += 4)
        w[i] = (uint32_t)block[0] << 24 | (uint32_t)block[1] << 16 | (uint32_t)block[2] << 8 |
               block[3];
    for (unsigned i = 16; i < 64; i++) {
        uint32_t a = w[i - 15], b = w[i - 2];
        w[i] = w[i - 16] + (turn(a, 7) ^ turn(a, 18) ^ a >> 3) + w[i - 7] +
               (turn(b, 17) ^ turn(b, 19) ^ b >> 10);
    }
    memcpy(v, state, sizeof v);
    for (unsigned i = 0; i < 64; i++) {
        uint32_t choose = (v[4] & v[5]) ^ (~v[4] & v[6]);
        uint32_t most = (v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]);
        uint32_t one =
            v[7] + (turn(v[4], 6) ^ turn(v[4], 11) ^ turn(v[4], 25)) + choose + cubes[i] + w[i];
        uint32_t two = (turn(v[0], 2) ^ turn(v[0], 13) ^ turn(v[0], 22)) + most;
        memmove(v + 1, v, 7 * sizeof *v);
        v[4] += one;
        v[0] = one + two;
    }
    for (unsigned i = 0; i < 8; i++)
        state[i] += v[i];
}

void pack_sha256_add(struct pack_sha256 *sha, const void *data, size_t size)
{
    const unsigned char *from = data;
    while (size) {
        size_t have = sha->length % 64, take = 64 - have < size ? 64 - have : size;
        if (have == 0 && size >= 64) {
            one_block(sha->state, from);
            take = 64;
        } else {
            memcpy(sha->block + have, from, take);
            if (have + take == 64)
                one_block(sha->state, sha->block);
        }
        sha->length += take;
        from += take;
        size -= take;
    }
}

void pack_sha256_end(struct pack_sha256 *sha, char text[65])
{
    static const unsigned char mark[64] = {0x80};
    unsigned char bits[8];
    for (unsigned i = 0; i < 8; i++)
        bits[i] = (unsigned char)(sha->length * 8 >> (56 - 8 * i));
    pack_sha256_add(sha, mark, 1 + (119 - sha->length % 64) % 64);
    pack_sha256_add(sha, bits, 8);
    for (unsigned i = 0; i < 8; i++)
        snprintf(text + (size_t)8 * i, 9, "%08x", sha->state[i]);
}

void pack_sha256_of(const void *data, size_t size, char text[65])
{
    struct pack_sha256 sha;
    pack_sha256_begin(&sha);
    pack_sha256_add(&sha, data, size);
    pack_sha256_end(&sha, text);
}
