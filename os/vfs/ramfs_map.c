/* A ramfs file as something to map (mem/vma.h). Private mappings copy pages; shared ones show the
 * file's own, which for that become pages that the host can name twice. */
#include "base/string.h"
#include "mem/alloc.h"
#include "vfs/ramfs.h"
#include "vfs/shared_page.h"

static struct ramfs_node *node_of(struct mem_object *o)
{
    return container_of(o, struct ramfs_node, object);
}

static int object_fill(struct mem_object *o, u64 offset, void *dst, size_t len)
{
    struct ramfs_node *n = node_of(o);
    u64 size = (u64)n->inode.size;
    if (offset >= PAGE_UP(size))
        return -ENXIO;
    if (offset >= size)
        return 0;
    len = MIN(len, size - offset);
    while (len) {
        u64 index = offset / PAGE_SIZE, off = offset % PAGE_SIZE;
        size_t piece = MIN(PAGE_SIZE - off, len);
        uintptr_t page = ramfs_page(n, index);
        size_t lower = page ? 0 : ramfs_lower_bytes(n, index);
        if (page)
            memcpy(dst, ramfs_page_ptr(page) + off, piece);
        else if (lower > off)
            memcpy(dst, n->lower + offset, MIN(piece, lower - off));
        dst = (char *)dst + piece;
        offset += piece;
        len -= piece;
    }
    return 0;
}

static int object_share(struct mem_object *o, u64 offset, void **out)
{
    struct ramfs_node *n = node_of(o);
    u64 index = offset / PAGE_SIZE;
    if (offset >= PAGE_UP((u64)n->inode.size))
        return -ENXIO;
    uintptr_t *slot = ramfs_slot(n, index);
    if (!slot)
        return -ENOMEM;
    if (!(*slot & RAMFS_SHARED)) {
        const struct super *s = n->inode.super;
        if (!*slot && s->limit && s->used >= s->limit)
            return -EIO; /* the file system is full: SIGBUS, as on Linux */
        u8 *page = shared_page();
        if (!page)
            return -ENOMEM;
        if (*slot) {
            memcpy(page, (void *)*slot, PAGE_SIZE);
            mem_pages_free((void *)*slot, 1);
        } else {
            size_t lower = ramfs_lower_bytes(n, index);
            if (lower)
                memcpy(page, n->lower + index * PAGE_SIZE, lower);
            ramfs_took(&n->inode, 1);
        }
        *slot = (uintptr_t)page | RAMFS_SHARED;
    }
    *out = ramfs_page_ptr(*slot);
    return 0;
}

static void object_get(struct mem_object *o)
{
    node_of(o)->maps++;
    inode_get(&node_of(o)->inode);
}

static void object_put(struct mem_object *o)
{
    node_of(o)->maps--;
    inode_put(&node_of(o)->inode);
}

static int object_sync(struct mem_object *o, u64 offset, u64 len)
{
    (void)offset;
    (void)len;
    inode_touch(&node_of(o)->inode, TOUCH_MTIME);
    return 0;
}

static void object_name(struct mem_object *o, char *buf, size_t size)
{
    inode_object_name(&node_of(o)->inode, buf, size);
}

const struct mem_object_ops ramfs_object_ops = {
    .fill = object_fill,
    .share = object_share,
    .get = object_get,
    .put = object_put,
    .sync = object_sync,
    .name = object_name,
};
