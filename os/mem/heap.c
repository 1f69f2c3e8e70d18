/* See mem/heap.h. A small table of kept regions, joined where they touch; first fit. */
#include "mem/heap.h"

#include "base/string.h"
#include "mem/alloc.h"
#include "mem/vma.h"
#include "sys/mem.h"

#include <asm-generic/mman-common.h>
#include <linux/mman.h>

#define REGIONS 32
#define REGION_MAX (1u << 20) /* larger ones go back at once: their cost is in touching them */

static struct {
    u64 start, end;
} kept[REGIONS];
static unsigned nkept;
static u64 kept_bytes;

/* A sixteenth of memory at most lies idle here. */
static u64 limit(void)
{
    return MIN(mem_total() / 16, 16ull << 20);
}

static void forget(unsigned i)
{
    kept_bytes -= kept[i].end - kept[i].start;
    kept[i] = kept[--nkept];
}

long pith_heap_map(size_t len)
{
    len = PAGE_UP(len);
    for (unsigned i = 0; i < nkept; i++) {
        u64 start = kept[i].start;
        if (kept[i].end - start < len)
            continue;
        kept[i].start += len;
        kept_bytes -= len;
        if (kept[i].start == kept[i].end)
            forget(i);
        memset((void *)start, 0, len);
        return (long)start;
    }
    return vma_map(0, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, NULL, 0);
}

long pith_heap_unmap(void *p, size_t len)
{
    u64 start = (u64)p, end = start + PAGE_UP(len);
    if (end - start > REGION_MAX || kept_bytes + (end - start) > limit())
        return pith_sys_munmap(start, end - start);
    for (unsigned i = 0; i < nkept; i++) {
        if (kept[i].end == start)
            start = kept[i].start;
        else if (kept[i].start == end)
            end = kept[i].end;
        else
            continue;
        forget(i--);
    }
    if (nkept == REGIONS)
        return pith_sys_munmap(start, end - start);
    kept[nkept].start = start;
    kept[nkept++].end = end;
    kept_bytes += end - start;
    return 0;
}

bool heap_reclaim(void)
{
    bool any = nkept;
    while (nkept) {
        u64 start = kept[0].start, end = kept[0].end;
        forget(0);
        pith_sys_munmap(start, end - start);
    }
    return any;
}
