/* Regular files: reading, writing, their length, and what fsync promises.
 *
 * What is small goes through pages in memory (ext4_cache.c); whole pages of large requests go
 * straight between the program's memory and the disk. Blocks are allocated when a write is made, so
 * ENOSPC is its answer.
 */
#include "ext4/ext4.h"

#include <asm/ioctls.h>
#include <asm/stat.h>
#include <linux/fcntl.h>
#include <linux/fs.h>
#include <linux/stat.h>

#include "base/uaccess.h"
#include "vfs/cred.h"

#define LARGE (64ul << 10) /* of a request: goes straight */
#define PART (1ul << 20)   /* at once */
#define TREE_BLOCKS 16u    /* that a tree of extents may need for one part */

static struct ext4_node *node_of(struct file *f)
{
    return ext4_node(f->dentry->inode);
}

/* The next piece of the program's memory, made present, at most n bytes; 0: it is not there. */
static size_t piece_of(const struct iter *it, size_t n, bool device_writes, void **p)
{
    size_t len, good = 0;
    *p = iter_peek(it, &len);
    len = MIN(len, n);
    if (user_touch(*p, len, device_writes) == 0)
        return len;
    while (good < len) {
        size_t step = MIN(PAGE_SIZE - (((u64)*p + good) & ~PAGE_MASK), len - good);
        if (user_touch((const char *)*p + good, step, device_writes) < 0)
            break;
        good += step;
    }
    return good;
}

/* Are none of the pages of [first, first + count) in memory? */
static bool absent(struct ext4_node *n, u64 first, u64 count)
{
    return ramfs_page_next(&n->pages, first) >= first + count;
}

/* Moves whole blocks between the program's memory and the disk. */
static int straight(struct ext4_node *n, u64 pos, void *p, size_t len, bool write)
{
    struct ext4 *x = ext4_of(n);
    u32 size = x->block_size;
    int r = 0;
    while (len && r == 0) {
        struct ext4_run run;
        u64 block = pos / size;
        r = ext4_map(n, block, &run);
        if (r < 0)
            break;
        size_t some = (size_t)MIN((run.logical + run.len - block) * size, len);
        const struct vq_piece piece = {p, (u32)some, !write};
        if (!run.hole && run.written)
            disk_begin(x->disk, write, (run.physical + block - run.logical) * size, &piece, 1);
        else if (write)
            r = -EUCLEAN;
        else
            r = user_zero(p, some);
        p = (char *)p + some;
        pos += some;
        len -= some;
    }
    int failed = disk_wait(x->disk);
    if (write)
        x->unflushed = true;
    return r ? r : failed;
}

/* ---- reading ---- */
static unsigned window(struct ext4_node *n, u64 index)
{
    n->window = index == n->next ? MIN(MAX(n->window * 2, 4u), 64u) : index == 0 ? 4 : 1;
    n->next = index + n->window;
    return n->window;
}

static ssize_t read_some(struct ext4_node *n, struct iter *it, u64 pos)
{
    u64 index = pos / PAGE_SIZE, off = pos % PAGE_SIZE;
    size_t want = MIN(it->left, (u64)n->inode.size - pos);
    void *p;
    int err;
    size_t len = piece_of(it, MIN(want, PART), true, &p);
    if (!len)
        return -EFAULT;
    u64 whole = off ? 0 : len / PAGE_SIZE;
    if (whole * PAGE_SIZE >= LARGE && absent(n, index, whole)) {
        err = straight(n, pos, p, whole * PAGE_SIZE, false);
        if (err < 0)
            return err;
        iter_skip(it, whole * PAGE_SIZE);
        return (ssize_t)(whole * PAGE_SIZE);
    }
    bool there = ramfs_page(&n->pages, index);
    const u8 *page = ext4_page(n, index, there ? 1 : window(n, index), &err);
    return page ? iter_put(it, page + off, MIN(len, PAGE_SIZE - off)) : err;
}

static ssize_t file_read(struct file *f, struct iter *it, loff_t *pos)
{
    struct ext4_node *n = node_of(f);
    struct ext4 *x = ext4_of(n);
    size_t done = 0;
    ssize_t r = 0;
    if (*pos < 0)
        return -EINVAL;
    while (it->left && *pos < n->inode.size) {
        x->busy++;
        r = read_some(n, it, (u64)*pos);
        x->busy--;
        if (r <= 0)
            break;
        done += (size_t)r;
        *pos += r;
    }
    ext4_pages_limit(x);
    if (!(f->flags & O_NOATIME))
        inode_touch(&n->inode, TOUCH_ATIME);
    return done ? (ssize_t)done : r;
}

/* ---- writing ---- */
/* What a write takes away: set-user-ID, and set-group-ID where the group may execute. */
static void drop_privilege(struct inode *i)
{
    if (unlikely(i->mode & (S_ISUID | S_ISGID)) && cred_uid() != 0) {
        i->mode &= ~(u32)S_ISUID;
        if (i->mode & S_IXGRP)
            i->mode &= ~(u32)S_ISGID;
    }
}

/* The page that [off, off + len) of is about to be written: read, unless nothing of it stays. */
static u8 *page_for(struct ext4_node *n, u64 index, u64 off, size_t len, int *err)
{
    u64 end = off + len;
    u64 size = (u64)n->inode.size, start = index * PAGE_SIZE;
    if (ramfs_page(&n->pages, index))
        return ext4_page_blank(n, index, err);
    bool all = off == 0 && (end == PAGE_SIZE || start + end >= size);
    u8 *p = all || start >= size ? ext4_page_blank(n, index, err) : ext4_page(n, index, 1, err);
    if (p && (all || start >= size)) {
        memset(p, 0, off);
        memset(p + end, 0, PAGE_SIZE - end);
    }
    return p;
}

/* A part within a step; `len` bytes at p are present. */
static ssize_t write_part(struct ext4_node *n, struct iter *it, u64 pos, void *p, size_t len)
{
    struct ext4 *x = ext4_of(n);
    u64 first = pos / x->block_size, last = (pos + len - 1) / x->block_size;
    u64 index = pos / PAGE_SIZE, whole = pos % PAGE_SIZE ? 0 : len / PAGE_SIZE;
    bool large = whole * PAGE_SIZE >= LARGE && !n->maps;
    int err = 0;
    size_t done = 0;
    /* Blocks that were allocated but not written hold nothing: the rest of the page is zeros then,
     * which it is only if it is read before they count as written. */
    u8 *head =
        large ? 0
              : page_for(n, index, pos % PAGE_SIZE, MIN(len, PAGE_SIZE - pos % PAGE_SIZE), &err);
    if (err < 0)
        return err;
    (void)head;
    if (large)
        last = first + whole * PAGE_SIZE / x->block_size - 1;
    else if (len > PAGE_SIZE - pos % PAGE_SIZE) { /* a page at a time, unless they are many */
        u64 tail = (pos + len) / PAGE_SIZE;
        if ((pos + len) % PAGE_SIZE && !page_for(n, tail, 0, (pos + len) % PAGE_SIZE, &err))
            return err;
    }
    err = ext4_allocate(n, first, last - first + 1, true);
    if (err < 0)
        return err;
    if (large) {
        ext4_pages_drop(n, index, index + whole - 1);
        err = straight(n, pos, p, whole * PAGE_SIZE, true);
        if (err == 0)
            iter_skip(it, whole * PAGE_SIZE);
        return err < 0 ? err : (ssize_t)(whole * PAGE_SIZE);
    }
    while (done < len) {
        u64 off = (pos + done) % PAGE_SIZE, at = (pos + done) / PAGE_SIZE;
        size_t some = MIN(len - done, PAGE_SIZE - off);
        u8 *page = page_for(n, at, off, some, &err);
        ssize_t got = page ? iter_get(it, page + off, some) : err;
        if (got < 0)
            return done ? (ssize_t)done : got;
        ext4_page_dirty(n, at);
        done += (size_t)got;
        if ((size_t)got < some)
            break;
    }
    return (ssize_t)done;
}

/* As many blocks as there may be for it: the rest of the file system is full. */
static size_t that_fits(struct ext4_node *n, u64 pos, size_t len)
{
    struct ext4 *x = ext4_of(n);
    bool waiting;
    u64 free = ext4_available(x, &waiting), at = pos / x->block_size, end;
    if (waiting && free < len / x->block_size + 2 * TREE_BLOCKS) {
        ext4_commit(x, false);
        free = ext4_available(x, &waiting);
    }
    free = free > TREE_BLOCKS ? free - TREE_BLOCKS : 0;
    if (free > len / x->block_size + 1)
        return len;
    for (end = pos; end < pos + len; at++) {
        struct ext4_run run;
        if (ext4_map(n, at, &run) < 0)
            break;
        if (run.hole && !free--)
            break;
        end = (at + 1) * x->block_size;
    }
    return end > pos ? (size_t)MIN(end - pos, len) : 0;
}

static ssize_t write_some(struct ext4_node *n, struct iter *it, u64 pos, size_t want)
{
    struct ext4 *x = ext4_of(n);
    void *p;
    size_t len = piece_of(it, MIN(want, PART), false, &p);
    if (!len)
        return -EFAULT;
    int err = ext4_begin(x, 0);
    if (err < 0)
        return err;
    ext4_end(x, 0);
    len = that_fits(n, pos, len);
    if (!len)
        return -ENOSPC;
    err = ext4_begin(x, 0);
    if (err < 0)
        return err;
    ssize_t r = write_part(n, it, pos, p, len);
    if (r > 0) {
        struct inode *i = &n->inode;
        bool longer = (loff_t)pos + r > i->size;
        i->size = MAX(i->size, (loff_t)pos + r);
        drop_privilege(i);
        inode_touch(i, TOUCH_MTIME);
        ext4_changed(n, longer);
    }
    ext4_end(x, r < 0 && r != -EFAULT ? (int)r : 0);
    return r;
}

static ssize_t file_write(struct file *f, struct iter *it, loff_t *pos)
{
    struct ext4_node *n = node_of(f);
    struct inode *i = &n->inode;
    size_t done = 0;
    ssize_t r = 0;
    if (f->flags & O_APPEND)
        *pos = i->size;
    if (*pos < 0 || (u64)*pos >= ext4_size_max(n))
        return it->left ? -EFBIG : 0;
    size_t want = (size_t)MIN(it->left, ext4_size_max(n) - (u64)*pos);
    if (want && (u64)*pos + want > ramfs_size_limit) {
        r = ramfs_size_check((u64)*pos + 1);
        if (r < 0)
            return r;
        want = ramfs_size_limit - (u64)*pos;
    }
    while (done < want) {
        r = write_some(n, it, (u64)*pos, want - done);
        if (r <= 0)
            break;
        done += (size_t)r;
        *pos += r;
        ext4_pages_limit(ext4_of(n));
    }
    if (done && f->flags & (O_DSYNC | __O_SYNC | O_DIRECT)) {
        int err = f->flags & (O_DSYNC | __O_SYNC) ? ext4_fsync(n, !(f->flags & __O_SYNC))
                                                  : ext4_write_back(n, 0, ~0ull - 1);
        if (err < 0)
            return err;
    }
    return done ? (ssize_t)done : r;
}

/* ---- the rest ---- */
int ext4_fsync(struct ext4_node *n, bool data_only)
{
    struct ext4 *x = ext4_of(n);
    if (x->super.read_only)
        return x->broken;
    x->busy++;
    int r = ext4_write_back(n, 0, ~0ull - 1);
    x->busy--;
    bool commit = (data_only ? n->resized : n->touched) == x->journal.sequence;
    int e = commit ? ext4_commit(x, true) : ext4_flush(x);
    n->synced = true;
    r = r ? r : n->error ? n->error : e;
    n->error = 0;
    return r;
}

/* What is behind the end of the file in its last block is zeros: it shows when the file grows. */
static int zero_tail(struct ext4_node *n, u64 size)
{
    struct ext4 *x = ext4_of(n);
    struct ext4_run run;
    u64 off = size % PAGE_SIZE;
    int err;
    if (!off)
        return 0;
    err = ext4_map(n, size / x->block_size, &run);
    if (err < 0 || (run.hole && !ramfs_page(&n->pages, size / PAGE_SIZE)))
        return err;
    u8 *p = ext4_page(n, size / PAGE_SIZE, 1, &err);
    if (!p)
        return err;
    memset(p + off, 0, PAGE_SIZE - off);
    ext4_page_dirty(n, size / PAGE_SIZE);
    return 0;
}

extern __typeof__(vma_truncate) vma_truncate WEAK; /* absent: nothing is mapped */

int ext4_truncate(struct inode *i, loff_t size)
{
    struct ext4_node *n = ext4_node(i);
    struct ext4 *x = ext4_of(n);
    if ((u64)size > ext4_size_max(n))
        return -EFBIG;
    int r = size > i->size ? ramfs_size_check((u64)size) : 0;
    if (r == 0)
        r = ext4_begin(x, 0);
    if (r < 0)
        return r;
    if (size < i->size) {
        r = zero_tail(n, (u64)size);
        if (r == 0 && n->maps && vma_truncate)
            vma_truncate(&n->object, (u64)size);
        if (r == 0)
            ext4_pages_drop(n, PAGE_UP(size) / PAGE_SIZE, ~0ull - 1);
    }
    r = ext4_end(x, r);
    if (r == 0)
        r = ext4_resize(n, (u64)size);
    if (r < 0)
        return r;
    drop_privilege(i);
    inode_touch(i, TOUCH_MTIME);
    ext4_changed(n, true);
    return 0;
}

static int file_truncate(struct file *f, loff_t size)
{
    return ext4_truncate(f->dentry->inode, size);
}

/* SEEK_DATA and SEEK_HOLE: blocks that were allocated but never written are holes. */
static loff_t seek_extent(struct ext4_node *n, loff_t off, bool data)
{
    struct ext4 *x = ext4_of(n);
    if (off < 0 || off >= n->inode.size)
        return -ENXIO;
    while (off < n->inode.size) {
        struct ext4_run run;
        int r = ext4_map(n, (u64)off / x->block_size, &run);
        if (r < 0)
            return r;
        if ((!run.hole && run.written) == data)
            return off;
        off = (loff_t)((run.logical + run.len) * x->block_size);
    }
    return data ? -ENXIO : n->inode.size;
}

static loff_t file_seek(struct file *f, loff_t off, int whence)
{
    struct ext4_node *n = node_of(f);
    loff_t base = whence == SEEK_CUR ? f->pos : whence == SEEK_END ? n->inode.size : 0;
    if (whence == SEEK_DATA || whence == SEEK_HOLE) {
        off = seek_extent(n, off, whence == SEEK_DATA);
        if (off < 0)
            return off;
    } else if (__builtin_add_overflow(base, off, &off)) {
        return -EINVAL;
    }
    if (off < 0 || (u64)off > ext4_size_max(n))
        return -EINVAL;
    f->pos = off;
    return off;
}

static int file_stat(struct file *f, struct stat *st)
{
    inode_stat(f->dentry->inode, st);
    return 0;
}

static int file_fsync(struct file *f, bool data_only)
{
    return ext4_fsync(node_of(f), data_only);
}

static long file_ioctl(struct file *f, unsigned cmd, unsigned long arg)
{
    if (cmd != FIONREAD)
        return -ENOTTY;
    int left = (int)(f->dentry->inode->size - f->pos);
    return USER_PUT((int *)arg, &left);
}

static int file_mmap(struct file *f, struct mem_object **out)
{
    struct ext4_node *n = node_of(f);
    n->writable_map |= file_writable(f);
    *out = &n->object;
    if (!(f->flags & O_NOATIME))
        inode_touch(&n->inode, TOUCH_ATIME);
    return 0;
}

/* The end of an opening takes nothing along. */
const struct file_ops ext4_file_fops = {
    .read = file_read,
    .write = file_write,
    .seek = file_seek,
    .stat = file_stat,
    .truncate = file_truncate,
    .fallocate = ext4_fallocate,
    .fsync = file_fsync,
    .ioctl = file_ioctl,
    .mmap = file_mmap,
};
