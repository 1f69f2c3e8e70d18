/* Content of files in memory: pages in the tree of ramfs (vfs/ramfs.h), whose `ramfs_node` each
 * node has one of. A page that was changed has EXT4_PAGE_DIRTY in its slot and is written by a
 * commit, an fsync, or when too many are. At most a quarter of memory is used; what is clean goes,
 * file by file, the one not used for longest first.
 */
#include "ext4/ext4.h"

#include "base/host.h"
#include "mem/alloc.h"
#include "vfs/shared_page.h"

#define DIRTY_MOST 4096u /* 16 MiB are written at once */
#define AHEAD_MOST 64u

extern __typeof__(vma_clean) vma_clean WEAK; /* absent: nothing is mapped */

static struct list recent = LIST_INIT(recent); /* nodes with pages */
static u64 dirty_pages;

static u64 pages_most(void)
{
    return MAX(mem_total() / 4 / PAGE_SIZE, 64u);
}

/* The counter of all pages is that of ramfs for the super that our pages' nodes share. */
static u64 pages_used(struct ext4_node *n)
{
    return n->pages.inode.super->used;
}

static uintptr_t slot_of(struct ext4_node *n, u64 index)
{
    return ramfs_page(&n->pages, index);
}

static void clean(struct ext4_node *n, u64 index)
{
    uintptr_t *slot = ramfs_slot(&n->pages, index);
    if (*slot & EXT4_PAGE_DIRTY) {
        *slot &= ~EXT4_PAGE_DIRTY;
        n->dirty--;
        dirty_pages--;
    }
}

void ext4_pages_drop(struct ext4_node *n, u64 first, u64 last)
{
    if (n->dirty)
        for (u64 i = first; (i = ramfs_page_next(&n->pages, i)) <= last && i != ~0ull; i++)
            if (slot_of(n, i) & EXT4_PAGE_DIRTY)
                clean(n, i);
    ramfs_pages_drop(&n->pages, first, last);
}

void ext4_pages_end(struct ext4_node *n)
{
    ext4_pages_drop(n, 0, ~0ull - 1);
    list_del(&n->recent);
}

/* What of a node can be read again. */
static bool drop_clean(struct ext4_node *n)
{
    bool any = false;
    for (u64 i = 0; (i = ramfs_page_next(&n->pages, i)) != ~0ull; i++) {
        uintptr_t page = slot_of(n, i);
        if (page & EXT4_PAGE_DIRTY || (page & RAMFS_SHARED && n->maps))
            continue;
        ramfs_pages_drop(&n->pages, i, i);
        any = true;
    }
    return any;
}

static void used(struct ext4_node *n)
{
    list_del(&n->recent);
    list_add_tail(&recent, &n->recent);
}

/* Memory is short. In the middle of a step nothing may go: its frames point to it. */
bool disk_cache_reclaim(void)
{
    bool any = false;
    list_foreach(it, &ext4_all)
    {
        struct ext4 *x = list_entry(it, struct ext4, node);
        if (x->busy || !x->live)
            return false;
        any |= ext4_shrink(x, 0);
    }
    list_foreach(it, &recent) any |= drop_clean(list_entry(it, struct ext4_node, recent));
    return any;
}

void ext4_pages_limit(struct ext4 *x)
{
    if (dirty_pages > MIN(DIRTY_MOST, pages_most() / 2))
        ext4_write_back_all(x);
    list_foreach(it, &recent)
    {
        struct ext4_node *n = list_entry(it, struct ext4_node, recent);
        if (pages_used(n) <= pages_most())
            return;
        drop_clean(n);
    }
}

static u8 *new_page(struct ext4_node *n, u64 index)
{
    uintptr_t *slot = ramfs_slot(&n->pages, index);
    u8 *p = slot ? mem_pages_dirty(1) : 0;
    if (!p)
        return 0;
    *slot = (uintptr_t)p;
    ramfs_took(&n->pages.inode, 1);
    return p;
}

u8 *ext4_page_blank(struct ext4_node *n, u64 index, int *err)
{
    u8 *p = ext4_page_ptr(slot_of(n, index));
    used(n);
    if (!p)
        p = new_page(n, index);
    *err = p ? 0 : -ENOMEM;
    return p;
}

/* Reads the blocks of one page into it; what is not there is zeros. Begun, not waited for. */
static int begin_page(struct ext4_node *n, u64 index, u8 *p)
{
    struct ext4 *x = ext4_of(n);
    u32 size = x->block_size;
    for (u32 at = 0; at < PAGE_SIZE;) {
        struct ext4_run run;
        u64 block = (index * PAGE_SIZE + at) / size;
        int r = ext4_map(n, block, &run);
        if (r < 0)
            return r;
        u64 left = (run.logical + run.len - block) * size;
        u32 len = (u32)MIN(left, PAGE_SIZE - at);
        const struct vq_piece piece = {p + at, len, true};
        if (run.hole || !run.written)
            memset(p + at, 0, len);
        else
            disk_begin(x->disk, false, (run.physical + block - run.logical) * size, &piece, 1);
        at += len;
    }
    return 0;
}

/* Reads up to `count` pages from `index` on that are not there, joined where they lie one behind
 * another on the disk. */
static int fill(struct ext4_node *n, u64 index, unsigned count)
{
    struct ext4 *x = ext4_of(n);
    struct vq_piece piece[DISK_PIECES];
    unsigned k = 0, done = 0;
    u64 at = 0;
    int r = 0;
    for (; done < count && (u64)n->inode.size > (index + done) * PAGE_SIZE; done++) {
        struct ext4_run run;
        if (slot_of(n, index + done))
            break;
        u8 *p = new_page(n, index + done);
        if (!p)
            break;
        u64 block = (index + done) * PAGE_SIZE / x->block_size;
        r = ext4_map(n, block, &run);
        u64 here = r == 0 ? (run.physical + block - run.logical) * x->block_size : 0;
        bool whole = r == 0 && !run.hole && run.written &&
                     (run.logical + run.len - block) * x->block_size >= PAGE_SIZE;
        if (k && (!whole || k == DISK_PIECES || here != at + k * PAGE_SIZE)) {
            disk_begin(x->disk, false, at, piece, k);
            k = 0;
        }
        if (whole) {
            if (!k)
                at = here;
            piece[k++] = (struct vq_piece){p, PAGE_SIZE, true};
        } else if (r == 0) {
            r = begin_page(n, index + done, p);
        }
        if (r < 0) {
            done++;
            break;
        }
    }
    if (k)
        disk_begin(x->disk, false, at, piece, k);
    int failed = disk_wait(x->disk);
    if (r == 0)
        r = failed;
    if (r < 0 && done)
        ramfs_pages_drop(&n->pages, index, index + done - 1);
    return r < 0 || done ? r : -ENOMEM;
}

u8 *ext4_page(struct ext4_node *n, u64 index, unsigned ahead, int *err)
{
    u8 *p = ext4_page_ptr(slot_of(n, index));
    *err = 0;
    used(n);
    if (p)
        return p;
    *err = fill(n, index, MAX(MIN(ahead, AHEAD_MOST), 1u));
    if (*err == 0) {
        p = ext4_page_ptr(slot_of(n, index));
        *err = p ? 0 : -EIO;
    }
    return p;
}

void ext4_page_dirty(struct ext4_node *n, u64 index)
{
    uintptr_t *slot = ramfs_slot(&n->pages, index);
    if (*slot & EXT4_PAGE_DIRTY)
        return;
    *slot |= EXT4_PAGE_DIRTY;
    n->dirty++;
    dirty_pages++;
    if (list_empty(&n->changed))
        list_add_tail(&ext4_of(n)->changed, &n->changed);
    ext4_commit_soon(ext4_of(n));
}

/* Writes one page's blocks as far as they are allocated: only mappings change others, and those
 * were made to be allocated (ext4_mmap.c). */
static int write_page(struct ext4_node *n, u64 index, u8 *p)
{
    struct ext4 *x = ext4_of(n);
    u32 size = x->block_size;
    u64 end = MIN((u64)n->inode.size - MIN(index * PAGE_SIZE, (u64)n->inode.size), PAGE_SIZE);
    for (u32 at = 0; at < end;) {
        struct ext4_run run;
        u64 block = (index * PAGE_SIZE + at) / size;
        int r = ext4_map(n, block, &run);
        if (r < 0)
            return r;
        u64 left = (run.logical + run.len - block) * size;
        u32 len = (u32)MIN(left, ROUND_UP(end - at, size));
        const struct vq_piece piece = {p + at, len, false};
        if (!run.hole && run.written)
            disk_begin(x->disk, true, (run.physical + block - run.logical) * size, &piece, 1);
        at += len;
    }
    return 0;
}

int ext4_write_back(struct ext4_node *n, u64 first, u64 last)
{
    struct ext4 *x = ext4_of(n);
    struct vq_piece piece[DISK_PIECES];
    unsigned k = 0;
    u64 at = 0;
    int r = 0;
    if (!n->dirty)
        return 0;
    for (u64 i = first; (i = ramfs_page_next(&n->pages, i)) <= last && i != ~0ull; i++) {
        struct ext4_run run;
        uintptr_t page = slot_of(n, i);
        if (!(page & EXT4_PAGE_DIRTY))
            continue;
        u8 *p = ext4_page_ptr(page);
        /* What a mapping wrote behind the end of the file is not content. */
        u64 end = (u64)n->inode.size > i * PAGE_SIZE ? (u64)n->inode.size - i * PAGE_SIZE : 0;
        if (end < PAGE_SIZE)
            memset(p + end, 0, PAGE_SIZE - end);
        clean(n, i);
        if (page & RAMFS_SHARED && n->maps && vma_clean)
            vma_clean(&n->object, i * PAGE_SIZE, (i + 1) * PAGE_SIZE);
        u64 block = i * PAGE_SIZE / x->block_size;
        int e = ext4_map(n, block, &run);
        u64 here = e == 0 ? (run.physical + block - run.logical) * x->block_size : 0;
        bool whole = e == 0 && !run.hole && run.written && end >= PAGE_SIZE &&
                     (run.logical + run.len - block) * x->block_size >= PAGE_SIZE;
        if (k && (!whole || k == DISK_PIECES || here != at + k * PAGE_SIZE)) {
            disk_begin(x->disk, true, at, piece, k);
            k = 0;
        }
        if (whole && !k)
            at = here;
        if (whole)
            piece[k++] = (struct vq_piece){p, PAGE_SIZE, false};
        else if (e == 0)
            e = write_page(n, i, p);
        r = r ? r : e;
    }
    if (k)
        disk_begin(x->disk, true, at, piece, k);
    int failed = disk_wait(x->disk);
    x->unflushed = true;
    r = r ? r : failed;
    if (r < 0)
        n->error = r;
    return r;
}

int ext4_write_back_all(struct ext4 *x)
{
    int r = 0;
    list_foreach_safe(it, &x->changed)
    {
        int e = ext4_write_back(list_entry(it, struct ext4_node, changed), 0, ~0ull - 1);
        r = r ? r : e;
    }
    return r;
}
