/* Address space costs nothing: 64 GiB reserved in a guest of 64 MiB, touched here and there.
 * pith-test: mem=64M
 */
#include "t.h"
#include <sys/mman.h>

#define GIB (1ul << 30)

int main(void)
{
    char *none = mmap(0, 64 * GIB, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    YES(none != MAP_FAILED);
    char *lazy = mmap(0, 8 * GIB, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    YES(lazy != MAP_FAILED);
    for (unsigned long i = 0; i < 64; i++) {
        if (mprotect(none + i * GIB + i * 4096, 8192, PROT_READ | PROT_WRITE))
            say("mprotect %lu: %s", i, t_errno(errno));
        memset(none + i * GIB + i * 4096, (int)i + 1, 8192);
    }
    int bad = 0;
    for (unsigned long i = 0; i < 64; i++)
        bad += none[i * GIB + i * 4096 + 8191] != (char)(i + 1);
    V(bad);
    for (unsigned long i = 0; i < 512; i++)
        lazy[i * (16ul << 20) + i] = (char)i;
    for (unsigned long i = 0; i < 512; i++)
        bad += lazy[i * (16ul << 20) + i] != (char)i || lazy[i * (16ul << 20) + i + 1] != 0;
    V(bad);
    R(madvise(lazy, 8 * GIB, MADV_DONTNEED));
    for (unsigned long i = 0; i < 512; i++)
        bad += lazy[i * (16ul << 20) + i] != 0;
    V(bad);
    R(munmap(none, 32 * GIB));
    bad += none[63 * GIB + 63 * 4096] != 64;
    V(bad);
    R(munmap(none + 32 * GIB, 32 * GIB));
    R(munmap(lazy, 8 * GIB));

    /* Thirty rounds of 32 MiB: what is unmapped is given back. */
    for (int i = 0; i < 30; i++) {
        char *p = mmap(0, 32 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (p == MAP_FAILED)
            return say("round %d: %s", i, t_errno(errno)), 1;
        for (long k = 0; k < 32 << 20; k += 4096)
            p[k] = 1;
        munmap(p, 32 << 20);
    }
    say("30 rounds of 32 MiB");
    /* The same with a shrinking protection instead. */
    char *p = mmap(0, 1 * GIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                   -1, 0);
    for (int i = 0; i < 30; i++) {
        char *q = p + (i & 1) * (512 << 20);
        memset(q, i, 24 << 20);
        if (madvise(q, 24 << 20, MADV_DONTNEED))
            say("madvise: %s", t_errno(errno));
    }
    say("30 rounds of madvise");
    return 0;
}
