/* Reading, writing and sizing a regular file of ramfs.
 *
 * Touching the program's buffer may fault, and the fault may ask this very file for a page of a
 * mapping of it and thereby move pages. So where a file is mapped the buffer is touched before a
 * page is looked up.
 */
#include <asm/ioctls.h>
#include <asm/signal.h>
#include <asm/stat.h>
#include <linux/fcntl.h>
#include <linux/fs.h>
#include <linux/memfd.h>
#include <linux/stat.h>

#include "base/string.h"
#include "base/uaccess.h"
#include "signal/signal.h"
#include "vfs/cred.h"
#include "vfs/ramfs.h"

extern __typeof__(vma_truncate) vma_truncate WEAK; /* absent: nothing is mapped */

u64 ramfs_size_limit = ~0ull;

int ramfs_size_check(u64 size)
{
    if (size <= ramfs_size_limit)
        return 0;
    signal_send_or_die(SIGXFSZ);
    return -EFBIG;
}

static struct ramfs_node *node_of(struct file *f)
{
    return ramfs_node(f->dentry->inode);
}

/* The buffer's next piece, within n bytes, made present. */
static size_t piece_of(struct ramfs_node *node, struct iter *it, size_t n, bool write)
{
    if (likely(!node->maps))
        return n;
    size_t piece;
    void *p = iter_peek(it, &piece);
    piece = MIN(piece, n);
    user_touch(p, piece, write); /* a bad address shows when it is copied */
    return piece;
}

static ssize_t ramfs_read(struct file *f, struct iter *it, loff_t *pos)
{
    struct ramfs_node *node = node_of(f);
    size_t done = 0;
    ssize_t got = 0;
    while (it->left && *pos < node->inode.size) {
        u64 index = (u64)*pos / PAGE_SIZE, off = (u64)*pos % PAGE_SIZE;
        size_t n = MIN(MIN(PAGE_SIZE - off, it->left), (u64)(node->inode.size - *pos));
        n = piece_of(node, it, n, true);
        const u8 *page = ramfs_page_ptr(ramfs_page(node, index));
        size_t lower = page ? 0 : ramfs_lower_bytes(node, index);
        if (lower > off) {
            page = node->lower + index * PAGE_SIZE;
            n = MIN(n, lower - off);
        }
        got = page ? iter_put(it, page + off, n) : iter_zero(it, n);
        if (got < 0)
            break;
        done += (size_t)got;
        *pos += got;
        if ((size_t)got < n)
            break;
    }
    if (!(f->flags & O_NOATIME))
        inode_touch(&node->inode, TOUCH_ATIME);
    return done ? (ssize_t)done : got;
}

/* What a write takes away: set-user-ID, and set-group-ID where the group may execute. */
static void drop_privilege(struct inode *i)
{
    if (unlikely(i->mode & (S_ISUID | S_ISGID)) && cred_uid() != 0) {
        i->mode &= ~(u32)S_ISUID;
        if (i->mode & S_IXGRP)
            i->mode &= ~(u32)S_ISGID;
    }
}

static ssize_t ramfs_write(struct file *f, struct iter *it, loff_t *pos)
{
    struct ramfs_node *node = node_of(f);
    struct inode *i = &node->inode;
    if (f->flags & O_APPEND)
        *pos = i->size;
    if (!it->left)
        return 0;
    if (unlikely(node->seals)) {
        if (node->seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE))
            return -EPERM;
        if (node->seals & F_SEAL_GROW && *pos + (loff_t)it->left > i->size)
            return -EPERM;
    }
    if (*pos >= RAMFS_SIZE_MAX - (loff_t)PAGE_SIZE)
        return -EFBIG;
    size_t done = 0, want = it->left;
    ssize_t got = 0;
    if (unlikely((u64)*pos + want > ramfs_size_limit)) {
        got = ramfs_size_check((u64)*pos + 1);
        if (got < 0)
            return got;
        want = ramfs_size_limit - (u64)*pos;
    }
    while (done < want) {
        u64 index = (u64)*pos / PAGE_SIZE, off = (u64)*pos % PAGE_SIZE;
        size_t n = piece_of(node, it, MIN(PAGE_SIZE - off, want - done), false);
        u8 *page = ramfs_page_make(node, index);
        got = page ? iter_get(it, page + off, n) : -ENOSPC;
        if (got < 0)
            break;
        done += (size_t)got;
        *pos += got;
        if (*pos > i->size)
            i->size = *pos;
        if ((size_t)got < n)
            break;
    }
    if (done) {
        drop_privilege(i);
        inode_touch(i, TOUCH_MTIME);
    }
    return done ? (ssize_t)done : got;
}

int ramfs_zero(struct ramfs_node *node, u64 off, u64 len)
{
    while (len) {
        u64 index = off / PAGE_SIZE, at = off % PAGE_SIZE;
        size_t n = MIN(PAGE_SIZE - at, len);
        uintptr_t page = ramfs_page(node, index);
        if (!page && ramfs_lower_bytes(node, index) > at) {
            page = (uintptr_t)ramfs_page_make(node, index);
            if (!page)
                return -ENOSPC;
        }
        if (page)
            memset(ramfs_page_ptr(page) + at, 0, n);
        else if (n == PAGE_SIZE && !ramfs_lower_bytes(node, index)) {
            /* On to the next page that is there, in one step. */
            u64 next = ramfs_page_next(node, index);
            u64 gap = next == ~0ull ? len : next * PAGE_SIZE - off;
            n = MIN(MAX(gap, PAGE_SIZE), len);
        }
        off += n;
        len -= n;
    }
    return 0;
}

int ramfs_truncate(struct inode *i, loff_t size)
{
    struct ramfs_node *node = ramfs_node(i);
    if (size < i->size) {
        if (node->seals & F_SEAL_SHRINK)
            return -EPERM;
        u64 keep = PAGE_UP(size);
        int r = size % (loff_t)PAGE_SIZE ? ramfs_zero(node, (u64)size, keep - (u64)size) : 0;
        if (r < 0)
            return r;
        if (node->maps && vma_truncate)
            vma_truncate(&node->object, (u64)size);
        ramfs_pages_drop(node, keep / PAGE_SIZE, ~0ull);
        if (S_ISREG(i->mode) && node->lower_size > (u64)size)
            node->lower_size = (u64)size;
    } else if (size > i->size) {
        int r = node->seals & F_SEAL_GROW ? -EPERM : ramfs_size_check((u64)size);
        if (r < 0)
            return r;
    }
    i->size = size;
    drop_privilege(i);
    inode_touch(i, TOUCH_MTIME);
    return 0;
}

static int file_truncate(struct file *f, loff_t size)
{
    return ramfs_truncate(f->dentry->inode, size);
}

/* SEEK_DATA and SEEK_HOLE. */
static loff_t seek_extent(struct ramfs_node *node, loff_t off, bool data)
{
    loff_t size = node->inode.size;
    if (off < 0 || off >= size)
        return -ENXIO;
    u64 index = (u64)off / PAGE_SIZE;
    bool here = ramfs_page(node, index) || ramfs_lower_bytes(node, index);
    if (here == data)
        return off;
    if (data) {
        u64 n = ramfs_page_next(node, index);
        return n == ~0ull || (loff_t)(n * PAGE_SIZE) >= size ? -ENXIO : (loff_t)(n * PAGE_SIZE);
    }
    while (ramfs_page(node, index) || ramfs_lower_bytes(node, index))
        index++;
    return MIN((loff_t)(index * PAGE_SIZE), size);
}

static loff_t ramfs_seek(struct file *f, loff_t off, int whence)
{
    struct ramfs_node *node = node_of(f);
    loff_t base = whence == SEEK_CUR ? f->pos : whence == SEEK_END ? node->inode.size : 0;
    if (whence == SEEK_DATA || whence == SEEK_HOLE) {
        off = seek_extent(node, off, whence == SEEK_DATA);
        if (off < 0)
            return off;
    } else if (__builtin_add_overflow(base, off, &off)) {
        return -EINVAL;
    }
    if (off < 0)
        return -EINVAL;
    f->pos = off;
    return off;
}

static int ramfs_stat(struct file *f, struct stat *st)
{
    inode_stat(f->dentry->inode, st);
    return 0;
}

static int ramfs_fsync(struct file *f, bool data_only)
{
    (void)f;
    (void)data_only;
    return 0; /* memory is all the storage there is */
}

static long ramfs_ioctl(struct file *f, unsigned cmd, unsigned long arg)
{
    if (cmd != FIONREAD)
        return -ENOTTY;
    int left = (int)(f->dentry->inode->size - f->pos);
    return USER_PUT((int *)arg, &left);
}

/* A file with a name cannot be sealed; tmpfs says so in this way. */
static long ramfs_fcntl(struct file *f, unsigned cmd, unsigned long arg)
{
    (void)f;
    (void)arg;
    return cmd == F_GET_SEALS ? F_SEAL_SEAL : cmd == F_ADD_SEALS ? -EPERM : -EINVAL;
}

static int ramfs_mmap(struct file *f, struct mem_object **out)
{
    *out = &node_of(f)->object;
    if (!(f->flags & O_NOATIME))
        inode_touch(f->dentry->inode, TOUCH_ATIME);
    return 0;
}

const struct file_ops ramfs_file_ops = {
    .read = ramfs_read,
    .write = ramfs_write,
    .seek = ramfs_seek,
    .stat = ramfs_stat,
    .truncate = file_truncate,
    .fallocate = ramfs_fallocate,
    .fsync = ramfs_fsync,
    .ioctl = ramfs_ioctl,
    .fcntl = ramfs_fcntl,
    .mmap = ramfs_mmap,
};
