/* Entropy for the image's seed and the base's own keys: RDSEED and RDRAND where the processor has
 * them, what the loader gave, and the low bits of the time-stamp counter between slow instructions;
 * run together by ChaCha's permutation (RFC 8439, 2.3), forward only. A virtio-rng device is the
 * image's own (PITH_DEV_RNG).
 */
#include "internal.h"

static u32 pool[16];
static bool strong;

static u32 turn(u32 v, unsigned n)
{
    return v << n | v >> (32 - n);
}

static void quarter(u32 *s, unsigned a, unsigned b, unsigned c, unsigned d)
{
    s[a] += s[b], s[d] = turn(s[d] ^ s[a], 16);
    s[c] += s[d], s[b] = turn(s[b] ^ s[c], 12);
    s[a] += s[b], s[d] = turn(s[d] ^ s[a], 8);
    s[c] += s[d], s[b] = turn(s[b] ^ s[c], 7);
}

/* The block function; its output without what must stay ours. */
static void stir(u8 out[32])
{
    u32 s[16];
    memcpy(s, pool, sizeof s);
    for (unsigned i = 0; i < 10; i++) {
        for (unsigned k = 0; k < 4; k++)
            quarter(s, k, 4 + k, 8 + k, 12 + k);
        for (unsigned k = 0; k < 4; k++)
            quarter(s, k, 4 + (k + 1) % 4, 8 + (k + 2) % 4, 12 + (k + 3) % 4);
    }
    for (unsigned i = 0; i < 16; i++)
        pool[i] += s[i];
    memcpy(out, pool, 32);
    /* What was handed out is no longer in the pool. */
    for (unsigned i = 0; i < 8; i++)
        pool[i] = pool[8 + i] ^ s[i];
}

void vm_random_mix(u64 value)
{
    u8 unused[32];
    pool[12] ^= (u32)value;
    pool[13] ^= (u32)(value >> 32);
    stir(unused);
}

static bool ask(bool seed, u64 *value)
{
    u8 ok = 0;
    for (unsigned i = 0; i < 16 && !ok; i++)
        if (seed)
            __asm__ volatile("rdseed %0; setc %1" : "=r"(*value), "=q"(ok)::"cc");
        else
            __asm__ volatile("rdrand %0; setc %1" : "=r"(*value), "=q"(ok)::"cc");
    return ok;
}

void vm_random_start(void)
{
    u32 one[4], r[4], seven[4] = {0};
    u64 v;
    vm_cpuid(0, 0, r);
    vm_cpuid(1, 0, one);
    if (r[0] >= 7)
        vm_cpuid(7, 0, seven);
    for (unsigned i = 0; i < 4; i++) {
        if (seven[1] & 1u << 18 && ask(true, &v)) {
            strong = true;
            vm_random_mix(v);
        }
        if (one[2] & 1u << 30 && ask(false, &v)) {
            strong = true;
            vm_random_mix(v);
        }
        strong |= vm_boot.seed[i] != 0;
        vm_random_mix(vm_boot.seed[i] ^ vm_boot.seed[i + 4]);
        vm_cpuid(0, 0, r); /* an exit, where there is a hypervisor */
        vm_random_mix(vm_rdtsc());
    }
    memset(vm_boot.seed, 0, sizeof vm_boot.seed);
}

bool vm_random_strong(void)
{
    return strong;
}

void vm_random(void *to, size_t n)
{
    for (u8 *at = to; n;) {
        u8 out[32];
        size_t part = n < sizeof out ? n : sizeof out;
        stir(out);
        memcpy(at, out, part);
        at += part;
        n -= part;
    }
}
