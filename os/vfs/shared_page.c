/* See shared_page.h. They lie in the upper quarter of the OS's part of the arena, which its page
 * allocator cannot reach: it would need 768 GiB of memory. Freed pages are kept: files that are
 * mapped once are as a rule mapped again. */
#include "base/string.h"
#include "mem/commit.h"
#include "mem/layout.h"
#include "vfs/shared_page.h"

#define AREA_START (MEM_KERNEL_END - ((MEM_KERNEL_END - PITH_ARENA_START) >> 2))
#define STEP (64ul << 10) /* committed at once: an exit for 16 pages */

static u64 top = AREA_START, committed = AREA_START;
static void *spare; /* linked through their first word */

void *shared_page(void)
{
    if (spare) {
        void *p = spare;
        spare = *(void **)p;
        memset(p, 0, PAGE_SIZE);
        return p;
    }
    if (top == committed) {
        u64 step = STEP;
        if (mem_commit(top, step, PITH_PROT_READ | PITH_PROT_WRITE | PITH_PROT_SHARED) < 0) {
            step = PAGE_SIZE;
            if (mem_commit(top, step, PITH_PROT_READ | PITH_PROT_WRITE | PITH_PROT_SHARED) < 0)
                return 0;
        }
        committed += step;
    }
    top += PAGE_SIZE;
    return (void *)(top - PAGE_SIZE);
}

void shared_page_free(void *p)
{
    *(void **)p = spare;
    spare = p;
}
