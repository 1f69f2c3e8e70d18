/* madvise, mincore, mlock, msync: zeroing, and what is refused. */
#include "t.h"
#include <sys/mman.h>

#define PAGE 4096ul

int main(void)
{
    char *p = mmap(0, 16 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    unsigned char vec[16];

    memset(p, 'x', 16 * PAGE);
    R(madvise(p + 4 * PAGE, 4 * PAGE, MADV_DONTNEED));
    say("%d %d %d %d", p[4 * PAGE - 1], p[4 * PAGE], p[8 * PAGE - 1], p[8 * PAGE]);
    p[5 * PAGE] = 'y';
    R(madvise(p + 5 * PAGE, 1, MADV_DONTNEED)); /* the length is rounded up */
    say("%d", p[5 * PAGE]);
    R(madvise(p + 1, PAGE, MADV_DONTNEED));
    R(madvise(p, 0, MADV_DONTNEED));
    R(madvise(p, PAGE, 9999));
    R(madvise(p, PAGE, MADV_NORMAL));
    R(madvise(p, PAGE, MADV_RANDOM));
    R(madvise(p, PAGE, MADV_SEQUENTIAL));
    R(madvise(p, PAGE, MADV_WILLNEED));
    R(madvise(p, PAGE, MADV_DONTDUMP));
    R(madvise((void *)0x10000, PAGE, MADV_DONTNEED));
    say("%d", p[0]);
    memset(p, 'z', 4 * PAGE);
    R(madvise(p, 4 * PAGE, MADV_FREE));
    YES(p[0] == 'z' || p[0] == 0);
    p[0] = 'k';
    YES(p[0] == 'k');
    R(mprotect(p, 4 * PAGE, PROT_READ));
    R(madvise(p, 4 * PAGE, MADV_DONTNEED));
    say("%d", p[0]);
    R(posix_madvise(p, PAGE, POSIX_MADV_DONTNEED));
    R(posix_madvise(p, PAGE, 77));

    R(msync(p, 16 * PAGE, MS_SYNC));
    R(msync(p, 16 * PAGE, MS_ASYNC | MS_SYNC));
    R(msync(p + 1, PAGE, MS_SYNC));
    R(msync(p, PAGE, 1 << 20));
    R(mlock(p, PAGE));
    R(munlock(p, PAGE));
    R(mlock((void *)0x10000, PAGE));
    R(munlockall());
    memset(vec, 0, sizeof vec);
    R(mincore(p + 8 * PAGE, 8 * PAGE, vec));
    say("%d", vec[0] & 1);
    R(mincore(p + 1, PAGE, vec));
    R(mincore((void *)0x10000, PAGE, vec));
    R(munmap(p + 8 * PAGE, PAGE));
    R(mincore(p, 16 * PAGE, vec));
    R(madvise(p, 16 * PAGE, MADV_DONTNEED));
    R(msync(p, 16 * PAGE, MS_SYNC));
    /* DONTNEED stopped at no hole: both sides are zero. */
    say("%d %d", p[7 * PAGE], p[9 * PAGE]);
    return 0;
}
