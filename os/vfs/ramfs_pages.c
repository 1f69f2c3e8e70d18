/* The page tree of a regular file; its shape is drawn in ramfs.h. */
#include "base/string.h"
#include "mem/alloc.h"
#include "vfs/ramfs.h"
#include "vfs/shared_page.h"

#define MASK (RAMFS_WAYS - 1)
/* File data leaves this much of the memory to the program: 1/16, at most 4 MiB. */
#define RESERVE_MAX (4ull << 20)

bool ramfs_room(void)
{
    return mem_free_bytes() + mem_idle_bytes() > MIN(mem_total() / 16, RESERVE_MAX);
}

bool ramfs_room_in(const struct super *s)
{
    return ramfs_room() && (!s->limit || s->used < s->limit);
}

static bool covers(unsigned height, u64 index)
{
    unsigned bits = height * RAMFS_SHIFT;
    return bits >= 64 || index >> bits == 0;
}

uintptr_t ramfs_page(struct ramfs_node *n, u64 index)
{
    if (n->leaf && index - n->leaf_base < RAMFS_WAYS)
        return n->leaf[index & MASK];
    if (!covers(n->height, index))
        return 0;
    uintptr_t at = n->root;
    for (unsigned h = n->height; h && at; h--) {
        uintptr_t *slots = (uintptr_t *)at;
        at = slots[index >> ((h - 1) * RAMFS_SHIFT) & MASK];
        if (h == 1) {
            n->leaf = slots;
            n->leaf_base = index & ~(u64)MASK;
        }
    }
    return at;
}

uintptr_t *ramfs_slot(struct ramfs_node *n, u64 index)
{
    if (n->leaf && index - n->leaf_base < RAMFS_WAYS)
        return &n->leaf[index & MASK];
    while (!covers(n->height, index)) {
        if (n->root) {
            uintptr_t *up = mem_alloc(RAMFS_WAYS * sizeof(*up));
            if (!up)
                return 0;
            up[0] = n->root;
            n->root = (uintptr_t)up;
        }
        n->height++;
    }
    uintptr_t *at = &n->root;
    for (unsigned h = n->height; h; h--) {
        if (!*at)
            *at = (uintptr_t)mem_alloc(RAMFS_WAYS * sizeof(*at));
        if (!*at)
            return 0;
        uintptr_t *slots = (uintptr_t *)*at;
        at = &slots[index >> ((h - 1) * RAMFS_SHIFT) & MASK];
        if (h == 1) {
            n->leaf = slots;
            n->leaf_base = index & ~(u64)MASK;
        }
    }
    return at;
}

u8 *ramfs_page_make(struct ramfs_node *n, u64 index)
{
    uintptr_t *slot = ramfs_slot(n, index);
    if (!slot)
        return 0;
    if (!*slot) {
        void *p = ramfs_room_in(n->inode.super) ? mem_pages(1) : 0;
        if (!p)
            return 0;
        size_t lower = ramfs_lower_bytes(n, index);
        if (lower)
            memcpy(p, n->lower + index * PAGE_SIZE, lower);
        *slot = (uintptr_t)p;
        ramfs_took(&n->inode, 1);
    }
    return ramfs_page_ptr(*slot);
}

static void free_page(struct ramfs_node *n, uintptr_t page)
{
    if (page & RAMFS_SHARED)
        shared_page_free(ramfs_page_ptr(page));
    else
        mem_pages_free(ramfs_page_ptr(page), 1);
    ramfs_took(&n->inode, -1);
}

/* Drops [first, last] of a subtree whose first page is `base`. Recursion: 9 levels at most. */
static void drop(struct ramfs_node *n, uintptr_t *at, unsigned height, u64 base, u64 first,
                 u64 last)
{
    if (!*at)
        return;
    if (height == 0) {
        free_page(n, *at);
        *at = 0;
        return;
    }
    unsigned shift = (height - 1) * RAMFS_SHIFT;
    uintptr_t *slots = (uintptr_t *)*at;
    u64 from = first > base ? (first - base) >> shift : 0;
    u64 to = MIN((last - base) >> shift, (u64)MASK);
    for (u64 i = from; i <= to; i++)
        drop(n, &slots[i], height - 1, base + (i << shift), first, last);
    bool whole = first <= base && last - base >= ((u64)RAMFS_WAYS << shift) - 1;
    if (whole) {
        mem_free(slots);
        *at = 0;
    }
}

void ramfs_pages_drop(struct ramfs_node *n, u64 first, u64 last)
{
    n->leaf = 0;
    if (!covers(n->height, first))
        return;
    drop(n, &n->root, n->height, 0, first, last);
    if (!n->root)
        n->height = 0;
}

static u64 next(uintptr_t at, unsigned height, u64 base, u64 index)
{
    if (!at)
        return ~0ull;
    if (height == 0)
        return base;
    unsigned shift = (height - 1) * RAMFS_SHIFT;
    for (u64 i = index > base ? (index - base) >> shift : 0; i < RAMFS_WAYS; i++) {
        u64 r = next(((uintptr_t *)at)[i], height - 1, base + (i << shift), index);
        if (r != ~0ull)
            return r;
    }
    return ~0ull;
}

u64 ramfs_page_next(struct ramfs_node *n, u64 index)
{
    return covers(n->height, index) ? next(n->root, n->height, 0, index) : ~0ull;
}
