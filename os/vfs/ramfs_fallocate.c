/* fallocate(2) on ramfs: reserving, punching, zeroing, and taking ranges out or putting them in. */
#include <linux/falloc.h>
#include <linux/fcntl.h>
#include <linux/memfd.h>

#include "base/string.h"
#include "vfs/ramfs.h"

static int punch(struct ramfs_node *n, u64 off, u64 len)
{
    u64 first = (off + PAGE_SIZE - 1) / PAGE_SIZE, end = (off + len) / PAGE_SIZE;
    /* Pages that mappings show must stay where they are; embedded content must be hidden. */
    if (first >= end || n->maps || n->lower_size > first * PAGE_SIZE)
        return ramfs_zero(n, off, len);
    int r = ramfs_zero(n, off, first * PAGE_SIZE - off);
    if (r == 0)
        r = ramfs_zero(n, end * PAGE_SIZE, off + len - end * PAGE_SIZE);
    if (r == 0)
        ramfs_pages_drop(n, first, end - 1);
    return r;
}

static int reserve(struct ramfs_node *n, u64 off, u64 len)
{
    for (u64 i = off / PAGE_SIZE; i <= (off + len - 1) / PAGE_SIZE; i++)
        if (!ramfs_page_make(n, i))
            return -ENOSPC;
    return 0;
}

/* Copies one page of content within the file; a hole is copied as a hole where possible. */
static int copy_page(struct ramfs_node *n, u64 to, u64 from)
{
    uintptr_t src = ramfs_page(n, from);
    size_t lower = src ? 0 : ramfs_lower_bytes(n, from);
    if (!src && !lower)
        return punch(n, to * PAGE_SIZE, PAGE_SIZE);
    u8 *dst = ramfs_page_make(n, to);
    if (!dst)
        return -ENOSPC;
    if (src) {
        memcpy(dst, ramfs_page_ptr(src), PAGE_SIZE);
    } else {
        memcpy(dst, n->lower + from * PAGE_SIZE, lower);
        memset(dst + lower, 0, PAGE_SIZE - lower);
    }
    return 0;
}

static int collapse(struct ramfs_node *n, u64 off, u64 len)
{
    u64 size = (u64)n->inode.size, pages = (size + PAGE_SIZE - 1) / PAGE_SIZE;
    if ((off | len) % PAGE_SIZE || off + len >= size)
        return -EINVAL;
    for (u64 i = (off + len) / PAGE_SIZE; i < pages; i++) {
        int r = copy_page(n, i - len / PAGE_SIZE, i);
        if (r < 0)
            return r;
    }
    return ramfs_truncate(&n->inode, (loff_t)(size - len));
}

static int insert(struct ramfs_node *n, u64 off, u64 len)
{
    u64 size = (u64)n->inode.size, pages = (size + PAGE_SIZE - 1) / PAGE_SIZE;
    if ((off | len) % PAGE_SIZE || off >= size)
        return -EINVAL;
    if (len > (u64)RAMFS_SIZE_MAX - size)
        return -EFBIG;
    int r = ramfs_truncate(&n->inode, (loff_t)(size + len));
    for (u64 i = pages; r == 0 && i-- > off / PAGE_SIZE;)
        r = copy_page(n, i + len / PAGE_SIZE, i);
    return r < 0 ? r : punch(n, off, len);
}

int ramfs_fallocate(struct file *f, int mode, loff_t off, loff_t len)
{
    struct inode *i = f->dentry->inode;
    struct ramfs_node *n = ramfs_node(i);
    bool keep = mode & FALLOC_FL_KEEP_SIZE;
    bool grows = off + len > i->size && !keep;
    int r;
    if (n->seals & F_SEAL_GROW && grows)
        return -EPERM;
    if (mode & ~FALLOC_FL_KEEP_SIZE && n->seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE))
        return -EPERM;
    r = grows ? ramfs_size_check((u64)(off + len)) : 0;
    if (r < 0)
        return r;
    switch (mode & ~FALLOC_FL_KEEP_SIZE) {
    case FALLOC_FL_PUNCH_HOLE:
        r = punch(n, (u64)off, (u64)len);
        break;
    case FALLOC_FL_ZERO_RANGE:
        r = punch(n, (u64)off, (u64)len);
        if (r == 0)
            r = reserve(n, (u64)off, (u64)len);
        break;
    case FALLOC_FL_COLLAPSE_RANGE:
        r = collapse(n, (u64)off, (u64)len);
        break;
    case FALLOC_FL_INSERT_RANGE:
        r = insert(n, (u64)off, (u64)len);
        break;
    case 0:
        r = reserve(n, (u64)off, (u64)len);
        break;
    default:
        return -EOPNOTSUPP;
    }
    if (r < 0)
        return r;
    if ((mode & ~FALLOC_FL_KEEP_SIZE) <= FALLOC_FL_ZERO_RANGE &&
        !(mode & (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_COLLAPSE_RANGE)) && grows)
        i->size = off + len;
    inode_touch(i, TOUCH_MTIME);
    return 0;
}
