/* Files as something to map (mem/vma.h). Private mappings copy from the pages in memory; shared
 * ones show them, which for that become pages that the host can name twice. A page of a mapping
 * that may be written gets its blocks when it is first shown, so a full disk is SIGBUS then and not
 * a loss later. */
#include "ext4/ext4.h"

#include "mem/alloc.h"
#include "vfs/shared_page.h"

#define TREE_BLOCKS 16u

static struct ext4_node *node_of(struct mem_object *o)
{
    return container_of(o, struct ext4_node, object);
}

static int object_fill(struct mem_object *o, u64 offset, void *dst, size_t len)
{
    struct ext4_node *n = node_of(o);
    struct ext4 *x = ext4_of(n);
    u64 size = (u64)n->inode.size;
    int err = 0;
    if (offset >= PAGE_UP(size))
        return -ENXIO;
    x->busy++;
    while (len && offset < size) {
        unsigned ahead = (unsigned)(PAGE_UP(len) / PAGE_SIZE);
        const u8 *p = ext4_page(n, offset / PAGE_SIZE, ahead, &err);
        if (!p)
            break;
        u64 good = MIN(size - offset, PAGE_SIZE);
        memcpy(dst, p, good);
        memset((u8 *)dst + good, 0, PAGE_SIZE - good);
        dst = (u8 *)dst + PAGE_SIZE;
        offset += PAGE_SIZE;
        len -= MIN(len, PAGE_SIZE);
    }
    x->busy--;
    return err < 0 && err != -ENOMEM ? -EIO : err;
}

static u64 object_size(struct mem_object *o)
{
    return (u64)node_of(o)->inode.size;
}

/* Blocks for a page that is about to be written through a mapping. */
static int have_blocks(struct ext4_node *n, u64 index)
{
    struct ext4 *x = ext4_of(n);
    u64 end = MIN((index + 1) * PAGE_SIZE, (u64)n->inode.size);
    u64 first = index * PAGE_SIZE / x->block_size;
    u64 last = (end - 1) / x->block_size;
    bool all = true;
    for (u64 b = first; b <= last && all; b++) {
        struct ext4_run run;
        int r = ext4_map(n, b, &run);
        if (r < 0)
            return r;
        all = !run.hole && run.written;
    }
    if (all)
        return 0;
    int r = ext4_begin(x, TREE_BLOCKS + 8);
    if (r < 0)
        return r;
    r = ext4_end(x, ext4_allocate(n, first, last - first + 1, true));
    if (r == 0)
        ext4_page_dirty(n, index);
    return r;
}

static int object_share(struct mem_object *o, u64 offset, void **out)
{
    struct ext4_node *n = node_of(o);
    struct ext4 *x = ext4_of(n);
    u64 index = offset / PAGE_SIZE;
    int err;
    if (offset >= PAGE_UP((u64)n->inode.size))
        return -ENXIO;
    x->busy++; /* no page goes meanwhile */
    u8 *p = ext4_page(n, index, 8, &err);
    uintptr_t *slot = p ? ramfs_slot(&n->pages, index) : 0;
    if (slot && !(*slot & RAMFS_SHARED)) {
        u8 *page = shared_page();
        err = page ? 0 : -ENOMEM;
        if (page) {
            memcpy(page, p, PAGE_SIZE);
            mem_pages_free(p, 1);
            *slot = (uintptr_t)page | RAMFS_SHARED | (*slot & EXT4_PAGE_DIRTY);
        }
        p = page;
    }
    x->busy--;
    if (p && n->writable_map && !x->super.read_only && have_blocks(n, index) < 0) {
        err = -EIO;
        p = 0;
    }
    *out = p;
    return p ? 0 : err == -ENOMEM ? err : -EIO;
}

static void object_dirty(struct mem_object *o, u64 offset)
{
    struct ext4_node *n = node_of(o);
    u64 index = offset / PAGE_SIZE;
    if (offset >= (u64)n->inode.size || !ramfs_page(&n->pages, index))
        return;
    /* A hole may have been made of it since. */
    int r = have_blocks(n, index);
    if (r < 0)
        n->error = r;
    ext4_page_dirty(n, index);
    inode_touch(&n->inode, TOUCH_MTIME);
    ext4_changed(n, false);
}

static void object_get(struct mem_object *o)
{
    node_of(o)->maps++;
    inode_get(&node_of(o)->inode);
}

static void object_put(struct mem_object *o)
{
    struct ext4_node *n = node_of(o);
    if (!--n->maps)
        n->writable_map = false;
    inode_put(&n->inode);
}

static int object_sync(struct mem_object *o, u64 offset, u64 len)
{
    (void)offset, (void)len;
    return ext4_fsync(node_of(o), true);
}

static void object_name(struct mem_object *o, char *buf, size_t size)
{
    inode_object_name(&node_of(o)->inode, buf, size);
}

const struct mem_object_ops ext4_object_ops = {
    .fill = object_fill,
    .size = object_size,
    .share = object_share,
    .dirty = object_dirty,
    .get = object_get,
    .put = object_put,
    .sync = object_sync,
    .name = object_name,
};
