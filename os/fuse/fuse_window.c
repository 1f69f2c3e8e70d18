/* Windows on the host's own pages of a file (PITH_FS_MAP), for who reads on and on: each read is
 * one copy, and no request.
 *
 * A window is mapped readable at a place of the OS's, where no mapping of the program's is. What
 * the host cuts off the file faults there; the copy breaks off, the window goes, and the caller
 * asks the server, who knows what is true now.
 */
#include "fuse/fuse.h"

#include "mem/commit.h"
#include "mem/layout.h"

#define BYTES (4ull << 20) /* large enough that mapping it costs little beside copying it */
#define WINDOWS (MEM_WINDOW_BYTES / BYTES)

static struct window {
    struct fuse_node *node; /* 0: nothing is mapped */
    u64 start, len;         /* of the file */
    u64 used;               /* when, in reads */
} windows[WINDOWS];
static u64 now;

int fuse_show(struct fuse_handle *h, u64 offset, u64 at, u64 len, bool write)
{
    struct fuse_node *n = h->node;
    const struct fuse_setupmapping_in in = {.fh = h->fh,
                                            .foffset = offset,
                                            .len = len,
                                            .flags = FUSE_SETUPMAPPING_FLAG_READ |
                                                     (write ? FUSE_SETUPMAPPING_FLAG_WRITE : 0),
                                            .moffset = at - PITH_ARENA_START};
    const struct fuse_args a = {.in = {&in}, .in_len = {sizeof(in)}};
    if (!fuse_of(n)->can_map || n->no_show)
        return -EOPNOTSUPP;
    long r = fuse_call(fuse_of(n), FUSE_SETUPMAPPING, n->nodeid, &a);
    if (r >= 0 || r == -EINVAL || r == -ENOMEM)
        return (int)MIN(r, 0);
    n->no_show = true;
    return -EOPNOTSUPP;
}

static u64 place(const struct window *w)
{
    return MEM_WINDOW_START + (u64)(w - windows) * BYTES;
}

static void end(struct window *w)
{
    mem_decommit(place(w), w->len);
    w->node = 0;
}

void fuse_window_end(struct fuse_node *n)
{
    for (unsigned i = 0; n->windows && i < WINDOWS; i++)
        if (windows[i].node == n)
            end(&windows[i]);
    n->windows = false;
}

/* The window on the file's bytes from `start` on, or 0. */
static struct window *window(struct fuse_handle *h, u64 start)
{
    struct fuse_node *n = h->node;
    u64 len = MIN(PAGE_UP((u64)n->inode.size) - start, BYTES);
    struct window *oldest = windows, *passed = 0;
    for (struct window *w = windows; w < windows + WINDOWS; w++) {
        if (w->node == n && w->start == start && w->len >= len)
            return w;
        if (w->node == n && w->start == start) /* the file has grown since */
            end(w);
        if (w->node == n && w->start + BYTES == start)
            passed = w;
        if (oldest->node && (!w->node || w->used < oldest->used))
            oldest = w;
    }
    if (passed)
        oldest = passed;
    if (oldest->node)
        end(oldest);
    if (fuse_show(h, start, place(oldest), len, false))
        return 0;
    *oldest = (struct window){.node = n, .start = start, .len = len};
    n->windows = true;
    return oldest;
}

size_t fuse_window_read(struct fuse_handle *h, struct iter *it, u64 pos)
{
    struct fuse_node *n = h->node;
    struct window *w = window(h, ROUND_DOWN(pos, BYTES));
    if (!w)
        return 0;
    w->used = ++now;
    size_t len = MIN(it->left, MIN(w->start + w->len, (u64)n->inode.size) - pos);
    ssize_t r = iter_put(it, (const void *)(place(w) + (pos - w->start)), len);
    if (r != (ssize_t)len && w->node)
        end(w);
    return (size_t)MAX(r, 0);
}
