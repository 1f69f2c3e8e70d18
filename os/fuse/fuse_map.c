/* Files as something to map (mem/vma.h).
 *
 * Where the host shows its own pages (PITH_FS_MAP) they are what is mapped: what is written there
 * is in the file at once. As long as it may be, nothing of the file is cached here, and all who
 * read or write it go to the host.
 *
 * Elsewhere private mappings copy from the cache; shared ones show its pages, which for that become
 * pages that the host can name twice. A page of a shared mapping is writable only once it was
 * written to: so it is known which are to be written back. */
#include "fuse/fuse.h"

#include "base/host.h"
#include "base/string.h"
#include "mem/alloc.h"
#include "vfs/file.h"
#include "vfs/shared_page.h"

extern __typeof__(vma_clean) vma_clean WEAK; /* absent: nothing is mapped */

static struct list changed = LIST_INIT(changed); /* nodes with dirty pages */

static struct fuse_node *node_of(struct mem_object *o)
{
    return container_of(o, struct fuse_node, object);
}

static int object_show(struct mem_object *o, u64 offset, u64 at, u64 len, bool shared, bool write)
{
    struct fuse_node *n = node_of(o);
    /* A shared mapping may become writable, if the file is open for that. */
    struct fuse_handle *h = shared && n->map_write ? n->map_write : n->map_read;
    if (!h || (write && h != n->map_write))
        return -EOPNOTSUPP;
    int err = fuse_show(h, offset, at, len, write);
    if (!err && shared && h == n->map_write && !n->shown) {
        fuse_drop(n, 0, ~0ull);
        n->shown = true;
    }
    return err;
}

/* The chunk of a page, read if need be, with its neighbours if that goes on
 * where it was. */
static struct fuse_chunk *chunk_of(struct fuse_node *n, u64 offset, int *err)
{
    u64 index = offset / FUSE_CHUNK;
    struct fuse_chunk *c = fuse_chunk(n, index);
    *err = -EIO;
    if (c || !n->map_read)
        return c;
    n->map_window = index == n->map_next && n->map_window ? MIN(n->map_window * 2, 16u) : 1;
    n->map_next = index + n->map_window;
    *err = fuse_fill(n, n->map_read, index, n->map_window);
    c = fuse_chunk(n, index);
    if (!c && *err == 0)
        *err = -ENOMEM;
    return c;
}

/* What is not in memory and large enough goes straight to where it is wanted. Bytes or -errno. */
static long fill_straight(struct fuse_node *n, u64 offset, void *dst, size_t len)
{
    if (!n->map_read || (!n->shown && (len < FUSE_CHUNK || !list_empty(&n->chunks))))
        return 0;
    len = MIN(len, 1ul << 30);
    long r = fuse_read_all(n->map_read, dst, (u32)len, offset);
    return r < 0 ? r : (long)len; /* behind the end there are zeros */
}

static int object_fill(struct mem_object *o, u64 offset, void *dst, size_t len)
{
    struct fuse_node *n = node_of(o);
    if (offset >= PAGE_UP((u64)n->inode.size))
        return -ENXIO;
    while (len && offset < (u64)n->inode.size) {
        int err;
        long straight = fill_straight(n, offset, dst, len);
        if (straight < 0)
            return (int)straight;
        if (straight) {
            dst = (char *)dst + straight;
            offset += (u64)straight;
            len -= (u64)straight;
            continue;
        }
        struct fuse_chunk *c = chunk_of(n, offset, &err);
        if (!c)
            return err;
        const u8 *p = fuse_page(c, n->map_read, (unsigned)(offset % FUSE_CHUNK / PAGE_SIZE), &err);
        if (p)
            memcpy(dst, p, PAGE_SIZE);
        fuse_chunk_put(c);
        if (!p)
            return err;
        dst = (char *)dst + PAGE_SIZE;
        offset += PAGE_SIZE;
        len -= MIN(len, PAGE_SIZE);
    }
    return 0;
}

static u64 object_size(struct mem_object *o)
{
    return (u64)node_of(o)->inode.size;
}

static int object_share(struct mem_object *o, u64 offset, void **out)
{
    struct fuse_node *n = node_of(o);
    unsigned i = (unsigned)(offset % FUSE_CHUNK / PAGE_SIZE);
    int err;
    if (offset >= PAGE_UP((u64)n->inode.size))
        return -ENXIO;
    struct fuse_chunk *c = chunk_of(n, offset, &err);
    if (!c)
        return err;
    u8 *p = fuse_page(c, n->map_read, i, &err);
    if (p && !(c->shared >> i & 1)) {
        u8 *page = shared_page();
        err = page ? 0 : -ENOMEM;
        if (page) {
            memcpy(page, p, PAGE_SIZE);
            c->page[i] = page;
            c->shared |= (u16)(1u << i);
        }
        p = page;
    }
    fuse_chunk_put(c);
    *out = p;
    return p ? 0 : err;
}

static void object_dirty(struct mem_object *o, u64 offset)
{
    struct fuse_node *n = node_of(o);
    struct fuse_chunk *c = fuse_chunk(n, offset / FUSE_CHUNK);
    u16 bit = (u16)(1u << (offset % FUSE_CHUNK / PAGE_SIZE));
    if (!c)
        return;
    if (!(c->dirty & bit)) {
        c->dirty |= bit;
        list_del(&n->dirty_node); /* it may be there still, where cutting the file left nothing */
        list_add_tail(&changed, &n->dirty_node);
        n->dirty++;
    }
    fuse_chunk_put(c);
}

/* A page that is written to again and again costs four calls of the host each time it is cleaned
 * and dirtied anew. After some times it stays writable; whether it was changed shows beside a copy
 * of what the file was given. */
#define OFTEN 6u

bool fuse_as_given(const struct fuse_chunk *c, unsigned page)
{
    return memcmp(c->page[page], c->given[page], PAGE_SIZE) == 0;
}

/* Is page i one of those? Then it becomes one if it is not yet. */
static bool often(struct fuse_chunk *c, unsigned i)
{
    if (c->given[i])
        return true;
    if (c->times < OFTEN) {
        c->times++;
        return false;
    }
    if (!c->owner->maps || host_vcpu()->fault_busy)
        return false;
    c->given[i] = mem_pages(1);
    if (!c->given[i])
        return false;
    /* Different from the page, so that this is given to the file. */
    c->given[i][0] = (u8)~c->page[i][0];
    return true;
}

/* One such page is written, if it was changed. 0 or -errno. */
static int write_often(struct fuse_chunk *c, unsigned i)
{
    struct fuse_node *n = c->owner;
    u64 at = c->index * FUSE_CHUNK + i * PAGE_SIZE;
    if (at >= (u64)n->inode.size || fuse_as_given(c, i))
        return 0;
    struct iter it;
    iter_one(&it, c->page[i], MIN(PAGE_SIZE, (u64)n->inode.size - at));
    n->own = true;
    fuse_stale(n);
    if (host_vcpu()->fault_busy || !fuse_behind(n->map_write, &it, it.left, at, FUSE_WRITE_CACHE)) {
        size_t want = it.left;
        ssize_t r = fuse_write_some(n->map_write, &it, at, FUSE_WRITE_CACHE);
        if (r < 0 || (size_t)r != want)
            return r < 0 ? (int)r : -EIO;
    }
    memcpy(c->given[i], c->page[i], PAGE_SIZE);
    return 0;
}

/* The last mapping goes: such pages are like all others again, written if they were changed. */
static void end_often(struct fuse_node *n)
{
    list_foreach(it, &n->chunks)
    {
        struct fuse_chunk *c = list_entry(it, struct fuse_chunk, node);
        for (unsigned i = 0; i < FUSE_CHUNK_PAGES; i++) {
            if (!c->given[i])
                continue;
            if (c->dirty >> i & 1 && fuse_as_given(c, i)) {
                c->dirty &= (u16) ~(1u << i);
                n->dirty--;
            }
            mem_pages_free(c->given[i], 1);
            c->given[i] = 0;
        }
        c->times = 0;
    }
}

/* Writes the dirty pages of a chunk from page `i` on that lie behind one
 * another in the file. Returns the page after them, or -errno. */
static int write_some(struct fuse_chunk *c, unsigned i)
{
    struct fuse_node *n = c->owner;
    struct vq_piece p[4 + FUSE_CHUNK_PAGES];
    struct fuse_write_out out = {0};
    struct fuse_write_in in = {.fh = n->map_write->fh,
                               .offset = c->index * FUSE_CHUNK + i * PAGE_SIZE,
                               .write_flags = FUSE_WRITE_CACHE};
    unsigned k = 2;
    if (often(c, i)) {
        int err = write_often(c, i);
        return err < 0 ? err : (int)i + 1;
    }
    for (; i < FUSE_CHUNK_PAGES && c->dirty >> i & 1 && !c->given[i] &&
           in.size + PAGE_SIZE <= fuse_of(n)->max_write;
         i++) {
        u64 at = c->index * FUSE_CHUNK + i * PAGE_SIZE;
        c->dirty &= (u16) ~(1u << i);
        n->dirty--;
        if (vma_clean)
            vma_clean(&n->object, at, at + PAGE_SIZE);
        if (at >= (u64)n->inode.size)
            continue;
        u32 len = (u32)MIN(PAGE_SIZE, (u64)n->inode.size - at);
        p[k++] = (struct vq_piece){c->page[i], len, false};
        in.size += len;
    }
    if (k == 2)
        return (int)i;
    p[1] = (struct vq_piece){&in, sizeof(in), false};
    p[k + 1] = (struct vq_piece){&out, sizeof(out), true};
    n->own = true;
    fuse_stale(n);
    long r = fuse_request(fuse_of(n), FUSE_WRITE, n->nodeid, p, k, 2);
    return r < 0 ? (int)r : r < (long)sizeof(out) || out.size != in.size ? -EIO : (int)i;
}

int fuse_write_back(struct fuse_node *n, u64 start, u64 end)
{
    int err = 0;
    if (!n->dirty || !n->map_write)
        return 0;
    list_foreach_safe(it, &n->chunks)
    {
        struct fuse_chunk *c = list_entry(it, struct fuse_chunk, node);
        u64 at = c->index * FUSE_CHUNK;
        if (!c->dirty || at >= end || at + FUSE_CHUNK <= start)
            continue;
        c->refs++;
        for (unsigned i = 0; i < FUSE_CHUNK_PAGES; i++) {
            if (!(c->dirty >> i & 1))
                continue;
            int r = write_some(c, i);
            if (r < 0)
                err = err ? err : r;
            else
                i = (unsigned)r - 1;
        }
        fuse_chunk_put(c);
    }
    if (!n->dirty)
        list_del(&n->dirty_node);
    return err;
}

void fuse_write_back_all(void)
{
    list_foreach_safe(it, &changed)
        fuse_write_back(list_entry(it, struct fuse_node, dirty_node), 0, ~0ull);
}

static void (*before)(void); /* what else is to be saved */

static void at_exit(void)
{
    fuse_write_back_all();
    if (before)
        before();
}

void fuse_write_back_at_exit(void)
{
    if (host_before_end == at_exit)
        return;
    before = host_before_end;
    host_before_end = at_exit;
}

/* Pages that only mappings kept can go like all others, once they are written. */
static void object_unnamed(struct mem_object *o)
{
    struct fuse_node *n = node_of(o);
    if (n->dirty)
        fuse_write_back(n, 0, ~0ull);
    fuse_drop_clean(n);
}

static void object_get(struct mem_object *o)
{
    node_of(o)->maps++;
    node_of(o)->mapping = false;
    inode_get(&node_of(o)->inode);
}

static void object_put(struct mem_object *o)
{
    struct fuse_node *n = node_of(o);
    n->maps--;
    if (!n->maps) {
        end_often(n);
        n->own |= n->shown;
        n->shown = false;
    }
    if (n->dirty)
        fuse_write_back(n, 0, ~0ull);
    else
        list_del(&n->dirty_node);
    struct fuse_handle **held[] = {&n->map_read, &n->map_write};
    for (unsigned k = 0; k < ARRAY_SIZE(held) && !n->maps && !n->mapping; k++) {
        if (*held[k])
            fuse_handle_put(*held[k]);
        *held[k] = 0;
    }
    /* What a mapping wrote was not seen by the modification time we know. */
    if (!n->maps && n->own) {
        fuse_drop(n, 0, ~0ull);
        n->own = false;
        n->blind = true;
        n->data_expires = 0;
    }
    inode_put(&n->inode);
}

static int object_sync(struct mem_object *o, u64 offset, u64 len)
{
    struct fuse_node *n = node_of(o);
    int err = fuse_write_back(n, offset, offset + len);
    return err < 0 || !n->map_write ? err : fuse_fsync(n->map_write, FUSE_FSYNC, true);
}

static void object_name(struct mem_object *o, char *buf, size_t size)
{
    inode_object_name(&node_of(o)->inode, buf, size);
}

const struct mem_object_ops fuse_object_ops = {
    .fill = object_fill,
    .size = object_size,
    .share = object_share,
    .show = object_show,
    .dirty = object_dirty,
    .unnamed = object_unnamed,
    .get = object_get,
    .put = object_put,
    .sync = object_sync,
    .name = object_name,
};
