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

#define ROTATE(x, n) ((x) << (n) | (x) >> (32 - (n)))

/* Inline with constant indices, so that the state lives in registers as far as there are any. */
static inline __attribute__((always_inline)) void quarter(u32 *a, u32 *b, u32 *c, u32 *d)
{
    *a += *b, *d = ROTATE(*d ^ *a, 16);
    *c += *d, *b = ROTATE(*b ^ *c, 12);
    *a += *b, *d = ROTATE(*d ^ *a, 8);
    *c += *d, *b = ROTATE(*b ^ *c, 7);
}

/* Block `counter` of the key stream of k with a zero nonce. */
static void block(const u32 *k, u64 counter, u32 out[BLOCK / 4])
{
    u32 in[16] = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574};
    for (int i = 0; i < KEY_WORDS; i++)
        in[4 + i] = k[i];
    in[12] = (u32)counter;
    in[13] = (u32)(counter >> 32);
    u32 x0 = in[0], x1 = in[1], x2 = in[2], x3 = in[3], x4 = in[4], x5 = in[5], x6 = in[6];
    u32 x7 = in[7], x8 = in[8], x9 = in[9], x10 = in[10], x11 = in[11], x12 = in[12];
    u32 x13 = in[13], x14 = in[14], x15 = in[15];
    for (int round = 0; round < 10; round++) {
        quarter(&x0, &x4, &x8, &x12);
        quarter(&x1, &x5, &x9, &x13);
        quarter(&x2, &x6, &x10, &x14);
        quarter(&x3, &x7, &x11, &x15);
        quarter(&x0, &x5, &x10, &x15);
        quarter(&x1, &x6, &x11, &x12);
        quarter(&x2, &x7, &x8, &x13);
        quarter(&x3, &x4, &x9, &x14);
    }
    const u32 x[16] = {x0, x1, x2, x3, x4, x5, x6, x7, x8, x9, x10, x11, x12, x13, x14, x15};
    for (int i = 0; i < 16; i++)
        out[i] = x[i] + in[i];
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
