/* mremap: shrink, grow in place, move, move to a fixed place, and what it refuses.
 * pith-test: mem=64M
 */
#include "t.h"
#include <sys/mman.h>

#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)
#define RW (PROT_READ | PROT_WRITE)
#define PAGE 4096ul

static char *fresh(size_t pages)
{
    char *p = mmap(0, pages * PAGE, RW, ANON, -1, 0);

    for (size_t i = 0; i < pages; i++)
        memset(p + i * PAGE, (int)i + 1, PAGE);
    return p;
}

static int intact(const char *p, size_t pages)
{
    for (size_t i = 0; i < pages * PAGE; i++)
        if (p[i] != (char)(i / PAGE + 1))
            return 0;
    return 1;
}

static int zero(const char *p, size_t n)
{
    while (n--)
        if (*p++)
            return 0;
    return 1;
}

int main(void)
{
    char *p = fresh(8), *q;

    YES(mremap(p, 8 * PAGE, 4 * PAGE, 0) == p);
    YES(intact(p, 4));
    YES(mremap(p, 4 * PAGE, 8 * PAGE, 0) == p); /* the room was just freed */
    YES(intact(p, 4) && zero(p + 4 * PAGE, 4 * PAGE));
    YES(mremap(p, 8 * PAGE, 8 * PAGE - 100, 0) == p);
    munmap(p, 8 * PAGE);

    /* Boxed in: grows only by moving. */
    p = mmap(0, 20 * PAGE, PROT_NONE, ANON, -1, 0);
    mmap(p, 4 * PAGE, RW, ANON | MAP_FIXED, -1, 0);
    memset(p, 1, PAGE), memset(p + PAGE, 2, PAGE), memset(p + 2 * PAGE, 3, PAGE);
    memset(p + 3 * PAGE, 4, PAGE);
    R((long)mremap(p, 4 * PAGE, 6 * PAGE, 0));
    q = mremap(p, 4 * PAGE, 6 * PAGE, MREMAP_MAYMOVE);
    YES(q != MAP_FAILED && q != p);
    YES(intact(q, 4) && zero(q + 4 * PAGE, 2 * PAGE));
    R(msync(p, PAGE, MS_ASYNC)); /* the old place is a hole */
    YES(mremap(q, 6 * PAGE, PAGE, MREMAP_MAYMOVE) == q);
    YES(intact(q, 1));

    /* To a place of our choosing, over what is there. */
    p = fresh(4);
    q = fresh(10);
    YES(mremap(p, 4 * PAGE, 4 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, q + 2 * PAGE) == q + 2 * PAGE);
    YES(intact(q + 2 * PAGE, 4));
    YES(q[0] == 1 && q[6 * PAGE] == 7);
    R(msync(p, PAGE, MS_ASYNC));
    R((long)mremap(q, 4 * PAGE, 4 * PAGE, MREMAP_FIXED, q + 5 * PAGE));
    R((long)mremap(q, 4 * PAGE, 4 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, q + PAGE));
    R((long)mremap(q, 4 * PAGE, 4 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, q + 10 * PAGE + 1));
    /* Smaller and larger while moving. */
    p = mmap(0, 16 * PAGE, PROT_NONE, ANON, -1, 0);
    YES(mremap(q + 2 * PAGE, 4 * PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, p) == p);
    YES(intact(p, 2));
    YES(mremap(p, 2 * PAGE, 5 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, p + 8 * PAGE) == p + 8 * PAGE);
    YES(intact(p + 8 * PAGE, 2) && zero(p + 10 * PAGE, 3 * PAGE));

    R((long)mremap(q + 1, PAGE, PAGE, 0));
    R((long)mremap(q, PAGE, 0, 0));
    R((long)mremap(q, PAGE, PAGE, 1234));
    R((long)mremap((void *)0x10000, PAGE, 2 * PAGE, MREMAP_MAYMOVE));
    R((long)mremap(q, PAGE, 1ul << 46, MREMAP_MAYMOVE));
    R((long)mremap(q, 0, PAGE, MREMAP_MAYMOVE));

    /* A buffer that grows as realloc does it, 4 KiB to 16 MiB. */
    size_t n = PAGE;
    p = mmap(0, n, RW, ANON, -1, 0);
    *(size_t *)p = n;
    int bad = 0;
    while (n < 16 << 20) {
        p = mremap(p, n, 2 * n, MREMAP_MAYMOVE);
        if (p == MAP_FAILED)
            return say("grow to %zu: %s", 2 * n, t_errno(errno)), 1;
        *(size_t *)(p + n) = 2 * n;
        n *= 2;
        for (size_t k = PAGE; k < n; k *= 2)
            bad += *(size_t *)(p + k) != 2 * k;
    }
    V(bad);
    /* Protection moves with the pages. */
    p = fresh(2);
    mprotect(p, 2 * PAGE, PROT_READ);
    q = mmap(0, 2 * PAGE, PROT_NONE, ANON, -1, 0);
    YES(mremap(p, 2 * PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, q) == q);
    YES(intact(q, 2));
    int fd[2];
    pipe(fd);
    write(fd[1], "x", 1);
    R(read(fd[0], q, 1)); /* the kernel may not write there either */
    return 0;
}
