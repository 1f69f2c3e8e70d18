/* Entropy for the image's seed and the base's own keys: RDSEED and RDRAND where the processor has
 * them, what the loader gave, and the low bits of the time-stamp counter between slow instructions;
 * run together by ChaCha's permutation (RFC 8439, 2.3), forward only. What a virtio-rng device
 * gives is mixed in when devices have been found (start.c).
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
    for (unsigned i = 0; i < 80; i++) { /* columns, then diagonals, ten times */
        unsigned k = i & 3, d = i >> 2 & 1;
        quarter(s, k, 4 + ((k + d) & 3), 8 + ((k + 2 * d) & 3), 12 + ((k + 3 * d) & 3));
    }
    for (unsigned i = 0; i < 16; i++)
        pool[i] += s[i];
    memcpy(out, pool, 32);
    /* What was handed out is no longer in the pool. */
    for (unsigned i = 0; i < 8; i++)
        pool[i] = pool[8 + i] ^ s[i];
}

void vm_random_mix(const u64 value[8], bool good)
{
    u8 unused[32];
    for (unsigned i = 0; i < 8; i++) {
        pool[2 * i] ^= (u32)value[i];
        pool[2 * i + 1] ^= (u32)(value[i] >> 32);
    }
    strong |= good;
    stir(unused);
}

/* Both give up after a while; then there is nothing in *value that was not. */
static bool ask(bool seed, u64 *value)
{
    u8 ok = 0;
    u64 got = 0;
    for (unsigned i = 0; i < 16 && !ok; i++)
        if (seed)
            __asm__ volatile("rdseed %0; setc %1" : "=r"(got), "=q"(ok)::"cc");
        else
            __asm__ volatile("rdrand %0; setc %1" : "=r"(got), "=q"(ok)::"cc");
    *value ^= got;
    return ok;
}

void vm_random_start(void)
{
    u64 *v = vm_boot.seed;
    bool good = v[0] || v[1];
    for (unsigned i = 0; i < 4 && (vm_cpu.rdseed || vm_cpu.rdrand); i++)
        good |= ask(vm_cpu.rdseed, &v[i]) || (vm_cpu.rdrand && ask(false, &v[i]));
    for (unsigned i = 0; i < 8 && !good; i++) {
        u32 r[4];
        vm_cpuid(0, 0, r); /* an exit, where there is a hypervisor */
        v[i] ^= vm_rdtsc();
    }
    v[0] ^= vm_tsc_entry;
    v[1] ^= vm_rdtsc();
    vm_random_mix(v, good);
    memset(v, 0, sizeof vm_boot.seed);
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
