/* The generator: ChaCha20 (RFC 8439, 2.3) with fast key erasure.
 *
 * Each request takes the first 32 bytes of key stream as the next key before a byte is handed
 * out, so that a state read later does not tell what was given before. The first key comes from
 * the host's entropy in the boot information, which is never the same twice; there is nothing to
 * wait for, and /dev/random never blocks. A snapshot's clones would repeat the stream: whoever
 * adds those mixes new host entropy in here.
 */
#include "dev/random.h"

#include "base/host.h"
#include "base/string.h"
#include "base/uaccess.h"

#define BLOCK 64
#define KEY_WORDS 8

static u32 key[KEY_WORDS];
static bool seeded;

static u32 rotate(u32 x, int n)
{
    return x << n | x >> (32 - n);
}

static void quarter(u32 *x, int a, int b, int c, int d)
{
    x[a] += x[b], x[d] = rotate(x[d] ^ x[a], 16);
    x[c] += x[d], x[b] = rotate(x[b] ^ x[c], 12);
    x[a] += x[b], x[d] = rotate(x[d] ^ x[a], 8);
    x[c] += x[d], x[b] = rotate(x[b] ^ x[c], 7);
}

/* Block `counter` of the key stream of k with a zero nonce. */
static void block(const u32 *k, u64 counter, u32 out[BLOCK / 4])
{
    u32 in[16] = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574};
    for (int i = 0; i < KEY_WORDS; i++)
        in[4 + i] = k[i];
    in[12] = (u32)counter;
    in[13] = (u32)(counter >> 32);
    for (int i = 0; i < 16; i++)
        out[i] = in[i];
    for (int round = 0; round < 10; round++) {
        for (int i = 0; i < 4; i++)
            quarter(out, i, 4 + i, 8 + i, 12 + i);
        for (int i = 0; i < 4; i++)
            quarter(out, i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4);
    }
    for (int i = 0; i < 16; i++)
        out[i] += in[i];
}

/* The seed's 64 bytes are host entropy: the key is its first half run over by the second. */
static void seed(void)
{
    u32 s[16], out[16];
    memcpy(s, host_boot->seed, sizeof(s));
    block(s, 0, out);
    for (int i = 0; i < KEY_WORDS; i++)
        key[i] = out[i] ^ s[8 + i];
    seeded = true;
}

static size_t fill(void *dst, size_t n, bool user)
{
    u32 mine[KEY_WORDS], out[16];
    size_t done = 0, have = BLOCK - sizeof(key);
    if (!seeded)
        seed();
    memcpy(mine, key, sizeof(key));
    block(mine, 0, out);
    memcpy(key, out, sizeof(key));
    for (u64 counter = 1; done < n; counter++) {
        size_t part = MIN(n - done, have), copied = part;
        const char *from = (const char *)out + BLOCK - have;
        if (user)
            copied = user_copy_partial((char *)dst + done, from, part);
        else
            memcpy((char *)dst + done, from, part);
        done += copied;
        if (copied < part)
            break;
        if (done < n)
            block(mine, counter, out);
        have = BLOCK;
    }
    memset(mine, 0, sizeof(mine));
    memset(out, 0, sizeof(out));
    __asm__ volatile("" ::"r"(mine), "r"(out) : "memory");
    return done;
}

void random_fill(void *dst, size_t n)
{
    fill(dst, n, false);
}

size_t random_fill_user(void *dst, size_t n)
{
    return fill(dst, n, true);
}
