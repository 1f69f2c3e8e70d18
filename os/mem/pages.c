/* Whole pages for the OS: mem_pages and mem_pages_free of mem/alloc.h.
 *
 * Two trees over the OS's part of the arena: `idle`, runs that are committed and free (their node
 * lies in their own first page), and `holes`, runs given back to the host (their nodes are small
 * allocations). Above `top` nothing was ever used. Memory comes from idle, else from a hole, else
 * from the top, in growing steps so that exits are few.
 */
#include "base/string.h"
#include "mem/alloc.h"
#include "mem/commit.h"
#include "mem/heap.h"
#include "mem/layout.h"
#include "mem/pages.h"
#include "mem/range.h"

static struct range *idle, *holes;
static u64 idle_bytes;
static u64 top;

static void idle_add(u64 start, u64 end)
{
    idle_bytes += end - start;
    struct range *before = NULL, *after = NULL;
    if (idle) {
        before = range_before(idle, start);
        after = range_find(idle, start);
    }
    if (before && before->end == start) {
        start = before->start;
        range_remove(&idle, before);
    }
    if (after && after->start == end) {
        end = after->end;
        range_remove(&idle, after);
    }
    struct range *n = (struct range *)start;
    n->start = start;
    n->end = end;
    range_insert(&idle, n);
}

void mem_pages_init(u64 start, u64 end)
{
    top = end;
    idle_add(start, end);
}

static void *take_idle(struct range *r, u64 len)
{
    u64 start = r->start, end = r->end;
    range_remove(&idle, r);
    idle_bytes -= end - start;
    if (start + len < end)
        idle_add(start + len, end);
    return (void *)start;
}

/* Commits room at the top: at least len, more if memory is plenty. */
static bool grow(u64 len)
{
    u64 step = MIN(mem_committed / 4, MEM_CHUNK_MAX);
    step = MIN(step, mem_free_bytes() / 16);
    step = MAX(ROUND_DOWN(step, PAGE_SIZE), len);
    if (top + step > MEM_WINDOW_START)
        return false;
    if (mem_commit(top, step, PITH_PROT_READ | PITH_PROT_WRITE) < 0) {
        step = len;
        if (mem_commit(top, step, PITH_PROT_READ | PITH_PROT_WRITE) < 0)
            return false;
    }
    u64 start = top;
    top += step;
    idle_add(start, top);
    return true;
}

static bool fill_hole(u64 len)
{
    struct range *h = range_first_fit(holes, len);
    if (!h || mem_commit(h->start, len, PITH_PROT_READ | PITH_PROT_WRITE) < 0)
        return false;
    u64 start = h->start;
    if (start + len == h->end) {
        range_remove(&holes, h);
        mem_free(h);
    } else {
        range_resize(&holes, h, start + len, h->end);
    }
    idle_add(start, start + len);
    return true;
}

void *mem_pages_dirty(size_t npages)
{
    u64 len = npages * PAGE_SIZE;
    if (npages == 0 || npages > (MEM_KERNEL_END - MEM_KERNEL_START) / PAGE_SIZE)
        return NULL;
    struct range *r = range_first_fit(idle, len);
    if (!r) {
        if (!fill_hole(len) && !grow(len)) {
            bool any = mem_cache_reclaim && mem_cache_reclaim();
            any |= heap_reclaim && heap_reclaim();
            if (!any || (!range_first_fit(idle, len) && !grow(len)))
                return NULL;
        }
        r = range_first_fit(idle, len);
    }
    return take_idle(r, len);
}

void *mem_pages(size_t npages)
{
    void *p = mem_pages_dirty(npages);
    if (p)
        memset(p, 0, npages * PAGE_SIZE);
    return p;
}

/* A hole in [start, end) of the OS's part; false if there is no memory to note it. */
static bool hole_add(u64 start, u64 end)
{
    struct range *before = range_before(holes, start), *after = range_find(holes, start);
    bool joins_before = before && before->end == start;
    bool joins_after = after && after->start == end;
    if (joins_before && joins_after) {
        range_remove(&holes, after);
        range_resize(&holes, before, before->start, after->end);
        mem_free(after);
    } else if (joins_before) {
        range_resize(&holes, before, before->start, end);
    } else if (joins_after) {
        range_resize(&holes, after, start, after->end);
    } else {
        struct range *n = mem_alloc(sizeof(*n));
        if (!n)
            return false;
        n->start = start;
        n->end = end;
        range_insert(&holes, n);
    }
    return true;
}

/* An idle run goes back to the host. Its hole's node may itself need a page of this allocator,
 * which then comes from another run; if there is none, the run stays. */
static bool give_back(struct range *r)
{
    u64 start = r->start, end = r->end;
    range_remove(&idle, r);
    idle_bytes -= end - start;
    if (!hole_add(start, end)) {
        idle_add(start, end);
        return false;
    }
    mem_decommit(start, end - start);
    return true;
}

void mem_pages_free(void *p, size_t npages)
{
    u64 start = (u64)p, end = start + npages * PAGE_SIZE;
    idle_add(start, end);
    if (idle_bytes > MEM_POOL_MAX) {
        struct range *r = range_find(idle, start);
        if (r->end - r->start >= MEM_TRIM_MIN)
            give_back(r);
    }
}

u64 mem_idle_bytes(void)
{
    return idle_bytes;
}

bool mem_pages_reclaim(void)
{
    bool any = false;
    if (mem_cache_reclaim)
        mem_cache_reclaim();
    u64 at = 0;
    struct range *r;
    while ((r = range_find(idle, at))) {
        at = r->end;
        any |= give_back(r);
    }
    return any;
}
