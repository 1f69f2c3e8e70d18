/* malloc, realloc, calloc, aligned blocks: contents, alignment, errors, 100,000 steps.
 * pith-test: mem=64M
 */
#include "t.h"
#include <malloc.h>

static unsigned rnd = 1;
static unsigned next(unsigned n)
{
    rnd = rnd * 1664525 + 1013904223;
    return (rnd >> 8) % n;
}

static int filled(const unsigned char *p, size_t n, unsigned char v)
{
    for (size_t i = 0; i < n; i++)
        if (p[i] != v)
            return 0;
    return 1;
}

int main(void)
{
    static struct {
        unsigned char *p;
        size_t n;
        unsigned char v;
    } slot[500];
    int bad = 0;
    volatile size_t huge = PTRDIFF_MAX;

    for (int step = 0; step < 100000; step++) {
        int i = next(500);
        size_t n = next(10) == 0 ? next(60000) : next(10) ? next(300) : 100 + next(3000);

        if (slot[i].p && !filled(slot[i].p, slot[i].n < 64 ? slot[i].n : 64, slot[i].v))
            bad++;
        switch (next(4)) {
        case 0:
            free(slot[i].p);
            slot[i].p = malloc(n);
            break;
        case 1:
            free(slot[i].p);
            slot[i].p = calloc(1, n);
            bad += !filled(slot[i].p, n, 0);
            break;
        case 2:
            slot[i].p = realloc(slot[i].p, n ? n : (n = 1));
            bad += !filled(slot[i].p, n < slot[i].n ? n : slot[i].n, slot[i].v);
            break;
        case 3: {
            size_t align = 16u << next(9);
            free(slot[i].p);
            slot[i].p = memalign(align, n);
            bad += ((uintptr_t)slot[i].p & (align - 1)) != 0;
            break;
        }
        }
        if (!slot[i].p)
            return say("out of memory at step %d", step), 1;
        bad += ((uintptr_t)slot[i].p & 15) != 0 || malloc_usable_size(slot[i].p) < n;
        slot[i].n = n;
        slot[i].v = (unsigned char)step;
        memset(slot[i].p, slot[i].v, n);
    }
    V(bad);
    for (int i = 0; i < 500; i++)
        free(slot[i].p);
    void *volatile p = malloc(0);
    YES(p != 0);
    free(p);
    errno = 0;
    p = malloc(huge);
    say("%s %s", p ? "block" : "null", t_errno(errno));
    errno = 0;
    p = calloc(huge, 16);
    say("%s %s", p ? "block" : "null", t_errno(errno));
    errno = 0;
    p = malloc(1ul << 47);
    say("%s %s", p ? "block" : "null", t_errno(errno));
    R(posix_memalign(&p, 3, 100));
    R(posix_memalign(&p, 4096, 100));
    YES(((uintptr_t)p & 4095) == 0);
    free(p);
    errno = 0;
    p = aligned_alloc(24, 48);
    say("%s %s", p ? "block" : "null", t_errno(errno));
    errno = EILSEQ;
    free(malloc(100000));
    say("free keeps errno: %s", t_errno(errno));
    p = malloc(100);
    void *q = realloc(p, huge);
    YES(q == 0);
    free(p);
    /* Big blocks, 40 MiB in all, in turns. */
    for (int i = 0; i < 50; i++) {
        p = malloc(20 << 20);
        q = malloc(20 << 20);
        if (!p || !q)
            return say("big blocks, round %d", i), 1;
        memset(p, i, 20 << 20);
        free(p);
        memset(q, i, 20 << 20);
        free(q);
    }
    say("50 rounds of 2 * 20 MiB");
    return 0;
}
