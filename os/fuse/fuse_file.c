/* Open regular files: reading through the cache or straight into the program's
 * memory, writing straight from it. */
#include "fuse/fuse.h"

#include <asm/ioctls.h>
#include <asm/stat.h>
#include <linux/falloc.h>
#include <linux/fcntl.h>
#include <linux/fs.h>
#include <linux/stat.h>

#include "base/host.h"
#include "base/uaccess.h"
#include "mem/alloc.h"
#include "vfs/cred.h"
#include "vfs/ramfs.h"

/* From this chunk on nothing stays in memory behind one who reads on and on: touching new memory
 * costs more than reading it again would, should it be wanted, and so does a processor's cache that
 * holds what is done with. */
#define BEHIND 64u

static struct fuse_node *node_of(struct file *f)
{
    return fuse_node(f->dentry->inode);
}

/* Is a piece of this size read without the cache? A second copy costs as much
 * as the first, an exit to the monitor as much as some copying; on `process`
 * there is no exit. */
static bool large(size_t n)
{
    return n >= (host_boot->machine == PITH_MACHINE_PROCESS ? 16u << 10 : 256u << 10);
}

static bool uncached(const struct file *f, const struct fuse_handle *h)
{
    return f->flags & O_DIRECT || h->open_flags & FOPEN_DIRECT_IO;
}

/* The most a reader in order gets at once: one request, or where asking costs an exit, several as
 * far as memory is plenty. */
static unsigned window_max(void)
{
    u64 plenty = mem_total() / 64 / FUSE_CHUNK;
    return host_boot->machine == PITH_MACHINE_PROCESS || plenty < 16
               ? 16
               : (unsigned)MIN(plenty, FUSE_WINDOW_MAX);
}

/* How many chunks to read at `index`: more and more as long as they are read in
 * order. */
static unsigned window(struct fuse_file *ff, u64 index)
{
    if (index == ff->next && ff->window)
        ff->window = MIN(ff->window * 2, window_max());
    else
        ff->window = 1;
    ff->next = index + ff->window;
    return ff->window;
}

/* Copies what of the chunk at *pos is wanted. Bytes, 0 at the end of the file,
 * or -errno. */
static ssize_t copy_out(struct fuse_chunk *c, struct file *f, struct iter *it, loff_t pos)
{
    struct fuse_handle *h = ((struct fuse_file *)f->priv)->handle;
    unsigned page = (unsigned)((u64)pos % FUSE_CHUNK / PAGE_SIZE);
    size_t off = (u64)pos % PAGE_SIZE;
    size_t n = MIN(it->left, (u64)(c->owner->inode.size - pos));
    /* The file grew since the chunk was read, and this descriptor needed no handle yet. */
    int err = !c->page[page] && !h ? fuse_handle_of(f, &h) : 0;
    u8 *p = err == 0 ? fuse_page(c, h, page, &err) : 0;
    if (!p)
        return err;
    if (c->shared || off + n <= PAGE_SIZE)
        n = MIN(n, PAGE_SIZE - off);
    else /* its pages lie one behind another */
        n = MIN(n, (size_t)c->run_pages * PAGE_SIZE - page * PAGE_SIZE - off);
    return iter_put(it, p + off, n);
}

/* From memory, which is filled from the file if need be. */
static ssize_t read_cached(struct file *f, struct iter *it, loff_t pos)
{
    struct fuse_node *n = node_of(f);
    struct fuse_handle *h = 0;
    struct fuse_chunk *c = fuse_chunk(n, (u64)pos / FUSE_CHUNK);
    if (!c) {
        int err = fuse_handle_of(f, &h);
        if (err)
            return err;
        u64 index = (u64)pos / FUSE_CHUNK;
        unsigned chunks = window(f->priv, index);
        if (chunks >= 16 && index > BEHIND)
            fuse_drop_behind(n, index);
        h->refs++;
        err = fuse_fill(n, h, index, chunks);
        fuse_handle_put(h);
        if (err)
            return err;
        c = fuse_chunk(n, index);
        if (!c)
            return 0; /* the file became shorter */
    }
    ssize_t r = copy_out(c, f, it, pos);
    fuse_chunk_put(c);
    return r;
}

/* From where on who reads in order gets windows (fuse_window.c): for less, mapping them costs more
 * than it saves. What they cost depends on how the host keeps the file (in pages one by one, or
 * many together), so the first ones are compared with asking for the same. */
#define STREAK (256u << 10)
#define ASKED (1u << 20)
#define SHOWN (8u << 20)

static bool shows(const struct fuse_node *n, const struct fuse_file *ff)
{
    return ff->streak >= STREAK && ff->cost[0].bytes >= ASKED && !n->asking && !n->no_show &&
           !n->dirty;
}

/* This read, begun at `begun`, was one of those that are compared. */
static void compare(struct fuse_node *n, struct fuse_cost *cost, bool shown, size_t bytes,
                    nsec_t begun)
{
    cost[shown].ns += time_mono() - begun;
    cost[shown].bytes += bytes;
    if (cost[1].bytes >= SHOWN &&
        cost[1].ns * (cost[0].bytes >> 10) > cost[0].ns * (cost[1].bytes >> 10))
        n->asking = true;
}

/* Through a window. Bytes, or 0: to be asked for. */
static size_t read_shown(struct file *f, struct iter *it, loff_t pos)
{
    struct fuse_handle *h;
    return fuse_handle_of(f, &h) ? 0 : fuse_window_read(h, it, (u64)pos);
}

/* Straight into the program's memory. */
static ssize_t read_direct(struct file *f, struct iter *it, loff_t pos)
{
    struct fuse_node *n = node_of(f);
    struct fuse_handle *h = 0;
    int err = fuse_handle_of(f, &h);
    if (err)
        return err;
    err = n->dirty ? fuse_write_back(n, (u64)pos, (u64)pos + it->left) : 0;
    ssize_t r = err < 0 ? err : fuse_read_some(h, it, (u64)pos);
    if (r > 0)
        iter_skip(it, (size_t)r);
    return r;
}

static ssize_t file_read(struct file *f, struct iter *it, loff_t *pos)
{
    struct fuse_node *n = node_of(f);
    struct fuse_file *ff = f->priv;
    size_t done = 0, piece;
    int err = fuse_refresh_data(n);
    if (err)
        return err;
    bool direct = f->flags & O_DIRECT || (ff->handle && uncached(f, ff->handle));
    if (*pos != ff->follow)
        ff->streak = 0;
    const bool show = !direct && shows(n, ff);
    const bool trial =
        ff->streak >= STREAK && ff->cost[1].bytes < SHOWN && fuse_of(n)->can_map && !n->asking;
    const nsec_t begun = trial ? time_mono() : 0;
    while (it->left && (direct || *pos < n->inode.size)) {
        size_t shown = show ? read_shown(f, it, *pos) : 0;
        done += shown;
        *pos += (loff_t)shown;
        if (shown)
            continue;
        iter_peek(it, &piece);
        size_t want = MIN(it->left, (size_t)fuse_of(n)->max_read);
        bool straight = direct || n->shown;
        if (!straight && large(MIN(piece, (u64)(n->inode.size - *pos))) &&
            (!n->maps || fuse_of(n)->can_map)) {
            struct fuse_chunk *c = fuse_chunk(n, (u64)*pos / FUSE_CHUNK);
            straight = !c;
            if (c)
                fuse_chunk_put(c);
        }
        ssize_t r = straight ? read_direct(f, it, *pos) : read_cached(f, it, *pos);
        if (r == -ENOMEM && !straight)
            r = read_direct(f, it, *pos);
        if (r <= 0)
            return done ? (ssize_t)done : r;
        done += (size_t)r;
        *pos += r;
        /* The end, if it is where we know it; else a server may answer with less than there is. */
        if (direct && (size_t)r < want && *pos >= n->inode.size)
            break;
    }
    ff->follow = *pos;
    ff->streak += done;
    if (trial)
        compare(n, ff->cost, show, done, begun);
    return (ssize_t)done;
}

static ssize_t file_write(struct file *f, struct iter *it, loff_t *pos)
{
    struct fuse_node *n = node_of(f);
    struct inode *i = &n->inode;
    struct fuse_handle *h = 0;
    size_t done = 0;
    int err = fuse_behind_error(n);
    if (err == 0)
        err = fuse_handle_of(f, &h);
    bool append = f->flags & O_APPEND;
    if (err == 0 && append)
        err = fuse_refresh_data(n);
    if (err)
        return err;
    if (append)
        *pos = i->size;
    if (*pos < 0 || *pos == INT64_MAX)
        return -EFBIG;
    size_t want = MIN(it->left, (u64)(INT64_MAX - *pos));
    if (want && (u64)*pos + want > ramfs_size_limit) {
        err = ramfs_size_check((u64)*pos + 1);
        if (err)
            return err;
        want = ramfs_size_limit - (u64)*pos;
    }
    u32 flags = cred_uid() != 0 && i->mode & (S_ISUID | S_ISGID) ? FUSE_WRITE_KILL_SUIDGID : 0;
    ssize_t r = 0;
    h->refs++;
    while (done < want) {
        struct iter some = *it;
        if (it->vec == &it->one)
            some.vec = &some.one;
        some.left = want - done;
        r = (ssize_t)some.left;
        if (!fuse_behind(h, &some, (size_t)r, (u64)*pos, flags))
            r = fuse_write_some(h, &some, (u64)*pos, flags);
        if (r <= 0)
            break;
        n->own = true;
        fuse_stale(n);
        if (append) /* where it went is for the server to know */
            fuse_drop(n, ROUND_DOWN((u64)*pos, PAGE_SIZE), ~0ull);
        else
            fuse_written(n, it, (u64)*pos, (size_t)r);
        iter_skip(it, (size_t)r);
        done += (size_t)r;
        *pos += r;
        i->size = MAX(i->size, *pos);
    }
    fuse_handle_put(h);
    return done ? (ssize_t)done : r;
}

static loff_t seek_extent(struct file *f, loff_t off, int whence)
{
    struct fuse_node *n = node_of(f);
    struct fuse_handle *h = 0;
    struct fuse_lseek_out o = {0};
    int err = n->dirty ? fuse_write_back(n, 0, ~0ull) : 0;
    if (err == 0)
        err = fuse_handle_of(f, &h);
    if (err)
        return err;
    const struct fuse_lseek_in in = {.fh = h->fh, .offset = (u64)off, .whence = (u32)whence};
    const struct fuse_args a = {
        .in = {&in}, .in_len = {sizeof(in)}, .out = &o, .out_len = sizeof(o), .least = sizeof(o)};
    long r = off < 0 ? -ENXIO : fuse_call(fuse_of(n), FUSE_LSEEK, n->nodeid, &a);
    if (r != -ENOSYS)
        return r < 0 ? r : (loff_t)o.offset;
    /* All of it is data. */
    err = fuse_refresh_data(n);
    if (err)
        return err;
    return off >= n->inode.size ? -ENXIO : whence == SEEK_DATA ? off : n->inode.size;
}

static loff_t file_seek(struct file *f, loff_t off, int whence)
{
    struct fuse_node *n = node_of(f);
    if (whence == SEEK_DATA || whence == SEEK_HOLE) {
        off = seek_extent(f, off, whence);
        if (off < 0)
            return off;
    } else {
        int err = whence == SEEK_END ? fuse_refresh_data(n) : 0;
        if (err)
            return err;
        loff_t base = whence == SEEK_CUR ? f->pos : whence == SEEK_END ? n->inode.size : 0;
        if (__builtin_add_overflow(base, off, &off))
            return -EINVAL;
    }
    if (off < 0)
        return -EINVAL;
    f->pos = off;
    return off;
}

static int file_stat(struct file *f, struct stat *st)
{
    inode_stat(f->dentry->inode, st);
    return 0;
}

int fuse_truncate(struct inode *i, loff_t size)
{
    struct fuse_node *n = fuse_node(i);
    int r = size > i->size ? ramfs_size_check((u64)size) : 0;
    return r < 0 ? r : fuse_setattr_size(n, 0, (u64)size);
}

static int file_truncate(struct file *f, loff_t size)
{
    struct fuse_handle *h = 0;
    int r = fuse_handle_of(f, &h);
    if (r == 0)
        r = size > f->dentry->inode->size ? ramfs_size_check((u64)size) : 0;
    return r < 0 ? r : fuse_setattr_size(node_of(f), h, (u64)size);
}

static int file_fallocate(struct file *f, int mode, loff_t off, loff_t len)
{
    struct fuse_node *n = node_of(f);
    struct fuse_handle *h = 0;
    int err = fuse_handle_of(f, &h);
    bool grows = !(mode & (FALLOC_FL_KEEP_SIZE | FALLOC_FL_COLLAPSE_RANGE)) &&
                 (off + len > n->inode.size || mode & FALLOC_FL_INSERT_RANGE);
    if (err == 0 && grows)
        err = ramfs_size_check((u64)(off + len));
    if (err == 0 && n->dirty)
        err = fuse_write_back(n, 0, ~0ull);
    if (err)
        return err;
    const struct fuse_fallocate_in in = {
        .fh = h->fh, .offset = (u64)off, .length = (u64)len, .mode = (u32)mode};
    const struct fuse_args a = {.in = {&in}, .in_len = {sizeof(in)}};
    long r = fuse_call(fuse_of(n), FUSE_FALLOCATE, n->nodeid, &a);
    if (r < 0)
        return r == -ENOSYS ? -EOPNOTSUPP : (int)r;
    bool moves = mode & (FALLOC_FL_COLLAPSE_RANGE | FALLOC_FL_INSERT_RANGE);
    n->own = true;
    n->attr_expires = n->data_expires = 0;
    if (grows && !moves)
        n->inode.size = off + len;
    err = fuse_refresh(n);
    if (mode & ~FALLOC_FL_KEEP_SIZE)
        fuse_drop(n, (u64)off, moves ? ~0ull : (u64)(off + len));
    return err;
}

/* What was written changed attributes that will be asked for: they come along. */
static long sync_and_look(struct fuse_node *n, const struct fuse_fsync_in *in)
{
    struct fuse_conn *c = fuse_of(n);
    struct fuse_req r, again;
    struct fuse_attr_out attr = {0};
    const struct fuse_getattr_in what = {0};
    struct vq_piece p[3] = {{0}, {in, sizeof(*in), false}};
    struct vq_piece q[4] = {{0}, {&what, sizeof(what), false}, {0}, {&attr, sizeof(attr), true}};
    fuse_queue(c, FUSE_FSYNC, n->nodeid, p, 2, 1, &r);
    fuse_queue(c, FUSE_GETATTR, n->nodeid, q, 2, 2, &again);
    long got = fuse_await(c, &r), known = fuse_await(c, &again);
    if (known >= (long)sizeof(attr) && !((attr.attr.mode ^ n->inode.mode) & S_IFMT))
        fuse_attr(n, &attr.attr, attr.attr_valid, attr.attr_valid_nsec);
    return got;
}

int fuse_fsync(struct fuse_handle *h, u32 op, bool data_only)
{
    const struct fuse_fsync_in in = {.fh = h->fh,
                                     .fsync_flags = data_only ? FUSE_FSYNC_FDATASYNC : 0};
    const struct fuse_args a = {.in = {&in}, .in_len = {sizeof(in)}};
    struct fuse_node *n = h->node;
    bool look = op == FUSE_FSYNC && n->own && fuse_of(n)->can_wait;
    long r = look ? sync_and_look(n, &in) : fuse_call(fuse_of(n), op, n->nodeid, &a);
    return r == -ENOSYS ? 0 : (int)MIN(r, 0); /* a server without it has nothing to be synced */
}

static int file_fsync(struct file *f, bool data_only)
{
    struct fuse_node *n = node_of(f);
    struct fuse_handle *h = 0;
    int err = n->dirty ? fuse_write_back(n, 0, ~0ull) : 0;
    if (err == 0)
        err = fuse_handle_of(f, &h);
    if (err == 0)
        err = fuse_fsync(h, FUSE_FSYNC, data_only);
    int late = fuse_behind_error(n);
    return err ? err : late;
}

static long file_ioctl(struct file *f, unsigned cmd, unsigned long arg)
{
    if (cmd != FIONREAD)
        return -ENOTTY;
    int err = fuse_refresh_data(node_of(f));
    int left = (int)(f->dentry->inode->size - f->pos);
    return err ? err : USER_PUT((int *)arg, &left);
}

static void hold(struct fuse_handle **at, struct fuse_handle *h)
{
    if (*at)
        return;
    h->refs++;
    *at = h;
}

static int file_mmap(struct file *f, struct mem_object **out)
{
    struct fuse_node *n = node_of(f);
    struct fuse_handle *h = 0;
    int err = fuse_refresh_data(n);
    if (err == 0)
        err = fuse_handle_of(f, &h);
    if (err)
        return err;
    hold(&n->map_read, h);
    if (file_writable(f))
        hold(&n->map_write, h);
    n->mapping = true;
    if (file_writable(f))
        fuse_write_back_at_exit();
    *out = &n->object;
    return 0;
}

/* What others changed is seen by who opens anew; so what was read until now is
 * not believed beyond the last closing after we wrote. */
static int file_flush(struct file *f)
{
    struct fuse_node *n = node_of(f);
    struct fuse_file *ff = f->priv;
    if (!ff || !ff->handle || !file_writable(f))
        return 0;
    int err = n->dirty ? fuse_write_back(n, 0, ~0ull) : 0;
    fuse_behind_end(n);
    int late = fuse_behind_error(n);
    err = err ? err : late;
    if (!n->own)
        return err;
    fuse_drop(n, 0, ~0ull);
    n->own = false;
    n->blind = true;
    n->attr_expires = n->data_expires = 0;
    if (err == 0 && !(ff->handle->open_flags & FOPEN_NOFLUSH))
        err = fuse_flush(n, ff->handle, 0);
    return err;
}

static void file_release(struct file *f)
{
    struct fuse_file *ff = f->priv;
    if (!ff)
        return;
    if (ff->cost[1].bytes)
        fuse_window_end(node_of(f));
    if (ff->handle)
        fuse_handle_put(ff->handle);
    mem_free(ff);
}

static ssize_t file_copy(struct file *in, loff_t from, struct file *out, loff_t to, size_t n)
{
    struct fuse_node *a = node_of(in), *b = node_of(out);
    struct fuse_handle *hin = 0, *hout = 0;
    struct fuse_write_out o = {0};
    int err = a->dirty ? fuse_write_back(a, 0, ~0ull) : 0;
    if (err == 0 && b->dirty)
        err = fuse_write_back(b, 0, ~0ull);
    if (err == 0)
        err = fuse_handle_of(in, &hin);
    if (err == 0)
        err = fuse_handle_of(out, &hout);
    if (err)
        return err;
    const struct fuse_copy_file_range_in arg = {.fh_in = hin->fh,
                                                .off_in = (u64)from,
                                                .nodeid_out = b->nodeid,
                                                .fh_out = hout->fh,
                                                .off_out = (u64)to,
                                                .len = MIN(n, 1ul << 30)};
    const struct fuse_args args = {
        .in = {&arg}, .in_len = {sizeof(arg)}, .out = &o, .out_len = sizeof(o), .least = sizeof(o)};
    long r = fuse_call(fuse_of(a), FUSE_COPY_FILE_RANGE, a->nodeid, &args);
    if (r < 0)
        return r == -ENOSYS || r == -EXDEV ? -EOPNOTSUPP : r;
    size_t done = MIN(o.size, n);
    if (done) {
        b->own = true;
        fuse_stale(b);
        fuse_drop(b, (u64)to, (u64)to + done);
        b->inode.size = MAX(b->inode.size, to + (loff_t)done);
    }
    return (ssize_t)done;
}

const struct file_ops fuse_file_fops = {
    .read = file_read,
    .write = file_write,
    .seek = file_seek,
    .stat = file_stat,
    .truncate = file_truncate,
    .fallocate = file_fallocate,
    .fsync = file_fsync,
    .ioctl = file_ioctl,
    .mmap = file_mmap,
    .flush = file_flush,
    .lock = fuse_lock,
    .copy = file_copy,
    .release = file_release,
};
