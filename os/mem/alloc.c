/* mem_alloc and mem_free: size classes in single pages, larger sizes in runs of pages.
 *
 * Every page of this allocator begins with a header, so that mem_free finds it by rounding down:
 *
 *   slab page   header | object | object | ...      all of one size (bin)
 *   large       header | data ...................   npages contiguous pages
 */
#include "mem/alloc.h"

#include "base/list.h"
#include "base/string.h"

#define LARGE 0xffffu
#define MIN_SHIFT 4
#define CLASSES 10 /* 16 .. 2032 */

struct head {
    struct list node; /* slab pages with a free object */
    void *free;
    u32 npages;
    u16 bin;
    u16 used;
};
_Static_assert(sizeof(struct head) == 32, "data must be aligned to 16");

static struct list partial[CLASSES] = {
    LIST_INIT(partial[0]), LIST_INIT(partial[1]), LIST_INIT(partial[2]), LIST_INIT(partial[3]),
    LIST_INIT(partial[4]), LIST_INIT(partial[5]), LIST_INIT(partial[6]), LIST_INIT(partial[7]),
    LIST_INIT(partial[8]), LIST_INIT(partial[9]),
};
static const u16 class_size[CLASSES] = {16, 32, 64, 128, 256, 320, 448, 576, 1008, 2032};

static struct head *new_slab(unsigned bin)
{
    struct head *h = mem_pages_dirty(1);
    if (!h)
        return NULL;
    h->bin = (u16)bin;
    h->npages = 1;
    h->used = 0;
    u32 size = class_size[bin];
    void **last = &h->free;
    for (u32 at = sizeof(*h); at + size <= PAGE_SIZE; at += size) {
        *last = (char *)h + at;
        last = *last;
    }
    *last = NULL;
    list_add(&partial[bin], &h->node);
    return h;
}

static void *alloc_large(size_t size)
{
    size_t npages = (size + sizeof(struct head) + PAGE_SIZE - 1) / PAGE_SIZE;
    if (size > SIZE_MAX - PAGE_SIZE - sizeof(struct head) || npages > UINT32_MAX)
        return NULL;
    struct head *h = mem_pages_dirty(npages);
    if (!h)
        return NULL;
    h->bin = LARGE;
    h->npages = (u32)npages;
    return h + 1;
}

void *mem_alloc_dirty(size_t size)
{
    unsigned bin = 0;
    while (bin < CLASSES && size > class_size[bin])
        bin++;
    if (bin == CLASSES)
        return alloc_large(size);
    struct head *h;
    if (list_empty(&partial[bin])) {
        h = new_slab(bin);
        if (!h)
            return NULL;
    } else {
        h = list_first(&partial[bin], struct head, node);
    }
    void *p = h->free;
    h->free = *(void **)p;
    h->used++;
    if (!h->free)
        list_del(&h->node);
    return p;
}

void *mem_alloc(size_t size)
{
    void *p = mem_alloc_dirty(size);
    return p ? memset(p, 0, size) : NULL;
}

size_t mem_size(const void *p)
{
    const struct head *h = (const struct head *)ROUND_DOWN((u64)p, PAGE_SIZE);
    return h->bin == LARGE ? 0 : class_size[h->bin];
}

void mem_free(void *p)
{
    if (!p)
        return;
    struct head *h = (struct head *)ROUND_DOWN((u64)p, PAGE_SIZE);
    if (h->bin == LARGE) {
        mem_pages_free(h, h->npages);
        return;
    }
    ASSERT(h->bin < CLASSES && h->used);
    bool was_full = !h->free;
    *(void **)p = h->free;
    h->free = p;
    h->used--;
    struct list *l = &partial[h->bin];
    if (was_full)
        list_add(l, &h->node);
    /* The last empty slab of a bin stays: no page goes back and forth at a boundary. */
    if (h->used == 0 && !(l->next == &h->node && l->prev == &h->node)) {
        list_del(&h->node);
        mem_pages_free(h, 1);
    }
}
