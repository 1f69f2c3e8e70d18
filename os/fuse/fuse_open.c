/* Handles: what the server calls an open file.
 *
 * All plain openings for reading of a file share one. A file that the server
 * once let us open for reading is opened again without asking: as long as its
 * content is in memory no handle is needed, and when one is, it is asked for
 * then.
 */
#include "fuse/fuse.h"

#include <linux/fcntl.h>
#include <linux/stat.h>

#include "mem/alloc.h"
#include "vfs/cred.h"

/* Flags of open that mean something to the server. */
#define PASSED                                                                                     \
    (O_ACCMODE | O_APPEND | O_TRUNC | O_NONBLOCK | __O_SYNC | O_DSYNC | O_DIRECT | O_NOATIME)
/* Flags that fcntl changes in an open file: then it needs another handle. */
#define CHANGEABLE (O_APPEND | O_DIRECT | O_NOATIME)

static bool plain(u32 flags)
{
    return !(flags & (O_ACCMODE | O_TRUNC | CHANGEABLE | __O_SYNC | O_DSYNC));
}

int fuse_handle_new(struct fuse_node *n, const struct fuse_open_out *o, u32 flags,
                    struct fuse_handle **out)
{
    struct fuse_handle *h = mem_alloc(sizeof(*h));
    if (!h) {
        const struct fuse_release_in in = {.fh = o->fh, .flags = flags};
        fuse_post(fuse_of(n), S_ISDIR(n->inode.mode) ? FUSE_RELEASEDIR : FUSE_RELEASE, n->nodeid,
                  &in, sizeof(in));
        return -ENOMEM;
    }
    *h = (struct fuse_handle){.fh = o->fh,
                              .flags = flags & PASSED & ~(u32)O_TRUNC,
                              .open_flags = o->open_flags,
                              .room = o->padding,
                              .refs = 1,
                              .node = n};
    *out = h;
    return 0;
}

void fuse_handle_put(struct fuse_handle *h)
{
    struct fuse_node *n = h->node;
    if (--h->refs)
        return;
    if (n->reader == h)
        n->reader = 0;
    const struct fuse_release_in in = {.fh = h->fh, .flags = h->flags};
    fuse_post(fuse_of(n), S_ISDIR(n->inode.mode) ? FUSE_RELEASEDIR : FUSE_RELEASE, n->nodeid, &in,
              sizeof(in));
    mem_free(h);
}

int fuse_open_node(struct fuse_node *n, u32 flags, struct fuse_handle **out)
{
    struct fuse_open_out o = {0};
    struct fuse_open_in in = {.flags = flags & PASSED};
    const struct fuse_args a = {
        .in = {&in}, .in_len = {sizeof(in)}, .out = &o, .out_len = sizeof(o), .least = sizeof(o)};
    if (plain(flags) && n->reader) {
        n->reader->refs++;
        *out = n->reader;
        return 0;
    }
    if (flags & O_TRUNC) {
        if (cred_uid() != 0 && fuse_of(n)->flags & FUSE_HANDLE_KILLPRIV_V2)
            in.open_flags = FUSE_OPEN_KILL_SUIDGID;
        if (!(fuse_of(n)->flags & FUSE_ATOMIC_O_TRUNC)) {
            int err = fuse_setattr_size(n, 0, 0);
            if (err < 0)
                return err;
            in.flags &= ~(u32)O_TRUNC;
        }
    }
    long r = fuse_call(fuse_of(n), FUSE_OPEN, n->nodeid, &a);
    if (r < 0)
        return (int)r;
    if (in.flags & O_TRUNC) {
        fuse_cut(n, 0);
        n->inode.size = 0;
        n->own = true;
        fuse_stale(n);
    }
    int err = fuse_handle_new(n, &o, flags & ~(u32)O_TRUNC, out);
    if (err == 0 && plain(flags)) {
        n->reader = *out;
        n->may_read = true;
    }
    return err;
}

int fuse_file_open(struct inode *i, struct file *f)
{
    struct fuse_node *n = fuse_node(i);
    struct fuse_file *ff = mem_alloc(sizeof(*ff));
    int err = 0;
    if (!ff)
        return -ENOMEM;
    struct fuse_handle *fresh = n->fresh;
    if (fresh && fresh->flags == (f->flags & PASSED)) {
        ff->handle = fresh;
        n->fresh = 0;
    } else if (!(plain(f->flags) && n->may_read && fuse_refresh(n) == 0 && n->may_read)) {
        err = fuse_open_node(n, f->flags, &ff->handle);
    }
    if (err < 0) {
        mem_free(ff);
        return err;
    }
    f->priv = ff;
    return 0;
}

int fuse_handle_of(struct file *f, struct fuse_handle **out)
{
    struct fuse_file *ff = f->priv;
    struct fuse_handle *h = ff->handle;
    if (!h || (h->flags ^ f->flags) & CHANGEABLE) {
        int err = fuse_open_node(fuse_node(f->dentry->inode), f->flags & ~(u32)O_TRUNC, &h);
        if (err < 0)
            return err;
        if (ff->handle)
            fuse_handle_put(ff->handle);
        ff->handle = h;
    }
    *out = h;
    return 0;
}
