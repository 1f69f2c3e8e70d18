/* Anonymous mmap: hints, MAP_FIXED, MAP_FIXED_NOREPLACE, zero filling, errors.
 * pith-test: mem=64M
 */
#include "t.h"
#include <sys/mman.h>

#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)
#define RW (PROT_READ | PROT_WRITE)

static int zero(const char *p, size_t n)
{
    while (n--)
        if (*p++)
            return 0;
    return 1;
}

static void errors(char *page)
{
    R((long)mmap(0, 0, RW, ANON, -1, 0));
    R((long)mmap(0, 4096, RW, MAP_ANONYMOUS, -1, 0));
    R((long)mmap(0, 4096, RW, MAP_PRIVATE, -1, 0));
    R((long)mmap(0, 4096, RW, MAP_PRIVATE, 77, 0));
    R((long)mmap(page + 1, 4096, RW, ANON | MAP_FIXED, -1, 0));
    R((long)mmap(0, ~0ul, RW, ANON, -1, 0));
    R((long)mmap(0, 1ul << 62, PROT_NONE, ANON | MAP_NORESERVE, -1, 0));
    R((long)mmap(0, 1ul << 47, PROT_NONE, ANON | MAP_NORESERVE, -1, 0));
    R((long)mmap(0, PTRDIFF_MAX, PROT_NONE, ANON, -1, 0));
    R((long)mmap((void *)(1ul << 47), 4096, RW, ANON | MAP_FIXED, -1, 0));
    R((long)mmap((void *)-4096ul, 4096, RW, ANON | MAP_FIXED, -1, 0));
    R((long)mmap(0, 4096, RW, ANON, -1, 1));
    R((long)mmap(0, 4096, RW, ANON, 5, 0) != -1);
    R(munmap(page + 1, 4096));
    R(munmap(page, 0));
    R(munmap(page, ~0ul));
    R(munmap((void *)-4096ul, 4096));
    R(munmap((void *)(1ul << 47), 4096));
    R(munmap((void *)0x10000, 4096));
}

int main(void)
{
    char *p = mmap(0, 10000, RW, ANON, -1, 0);

    YES(p != MAP_FAILED);
    YES(((uintptr_t)p & 4095) == 0);
    YES(zero(p, 12288));
    memset(p, 7, 12288);
    errors(p);
    YES(p[12287] == 7);

    /* A free hint is taken, a taken one is not. */
    char *hint = mmap(0, 1 << 20, RW, ANON, -1, 0);
    munmap(hint, 1 << 20);
    char *q = mmap(hint, 1 << 20, RW, ANON, -1, 0);
    YES(q == hint);
    char *r = mmap(hint, 4096, RW, ANON, -1, 0);
    YES(r != hint && r != MAP_FAILED);
    munmap(r, 4096);
    /* An unaligned hint is rounded to a page. */
    munmap(q, 1 << 20);
    q = mmap(hint + 5, 4096, RW, ANON, -1, 0);
    YES(((uintptr_t)q & 4095) == 0);
    munmap(q, 4096);

    /* MAP_FIXED replaces what is there, page by page. */
    q = mmap(0, 5 * 4096, RW, ANON, -1, 0);
    memset(q, 1, 5 * 4096);
    YES(mmap(q + 4096, 2 * 4096, RW, ANON | MAP_FIXED, -1, 0) == q + 4096);
    YES(q[0] == 1 && q[4096] == 0 && q[2 * 4096] == 0 && q[3 * 4096] == 1);
    /* MAP_FIXED_NOREPLACE does not. */
    R((long)mmap(q + 4096, 4096, RW, ANON | MAP_FIXED_NOREPLACE, -1, 0));
    R(munmap(q + 4096, 4096));
    YES(mmap(q + 4096, 4096, RW, ANON | MAP_FIXED_NOREPLACE, -1, 0) == q + 4096);
    R((long)mmap(q, 5 * 4096, RW, ANON | MAP_FIXED_NOREPLACE, -1, 0));
    YES(q[4096] == 0 && q[3 * 4096] == 1);
    R(munmap(q, 5 * 4096));
    R(munmap(q, 5 * 4096));

    /* Freed memory comes back zeroed. */
    int dirty = 0;
    for (int i = 0; i < 200; i++) {
        q = mmap(0, 64 << 10, RW, ANON, -1, 0);
        dirty += !zero(q, 64 << 10);
        memset(q, i + 1, 64 << 10);
        munmap(q, 64 << 10);
    }
    V(dirty);

    /* Shared anonymous memory, and the flags that change nothing here. */
    q = mmap(0, 8192, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    YES(q != MAP_FAILED && zero(q, 8192));
    strcpy(q + 4000, "shared");
    S(q + 4000);
    R(munmap(q, 8192));
    q = mmap(0, 8192, RW, ANON | MAP_POPULATE | MAP_NORESERVE | MAP_STACK, -1, 0);
    YES(q != MAP_FAILED && zero(q, 8192));
    R(munmap(q, 8192));

    /* 1,000 separate mappings at once, each with its own content. */
    static char *many[1000];
    int bad = 0;
    for (int i = 0; i < 1000; i++) {
        many[i] = mmap(0, 4096 * (1 + i % 3), i % 2 ? RW : RW, ANON, -1, 0);
        if (many[i] == MAP_FAILED)
            bad++;
        else
            *(int *)many[i] = i;
    }
    for (int i = 0; i < 1000; i += 2)
        bad += munmap(many[i], 4096 * (1 + i % 3)) != 0;
    for (int i = 1; i < 1000; i += 2)
        bad += *(int *)many[i] != i;
    V(bad);
    return 0;
}
