/* fallocate(2): blocks that are reserved and read as zeros, and holes. Ranges are not taken out of
 * a file or put in (FALLOC_FL_COLLAPSE_RANGE, FALLOC_FL_INSERT_RANGE): -EOPNOTSUPP, as file systems
 * answer that cannot. */
#include "ext4/ext4.h"

#include <linux/falloc.h>

#define PART 4096u /* blocks reserved in one step */
#define TREE_BLOCKS 16u

/* Zeros within one page. */
static int zero_part(struct ext4_node *n, u64 off, u64 len)
{
    struct ext4_run run;
    int err;
    if (!len || off >= (u64)n->inode.size)
        return 0;
    /* Where nothing is, zeros are already. */
    bool hole = true;
    for (u64 at = off; at < off + len && hole; at += ext4_of(n)->block_size) {
        err = ext4_map(n, at / ext4_of(n)->block_size, &run);
        if (err < 0)
            return err;
        hole = run.hole || !run.written;
    }
    if (hole && !ramfs_page(&n->pages, off / PAGE_SIZE))
        return 0;
    u8 *p = ext4_page(n, off / PAGE_SIZE, 1, &err);
    if (!p)
        return err;
    memset(p + off % PAGE_SIZE, 0, len);
    ext4_page_dirty(n, off / PAGE_SIZE);
    return 0;
}

/* The range reads as zeros, its whole blocks are given back. In a step. */
static int punch(struct ext4_node *n, u64 off, u64 len)
{
    u32 size = ext4_of(n)->block_size;
    u64 end = off + len;
    u64 first = PAGE_UP(off), last = ROUND_DOWN(end, PAGE_SIZE);
    int r;
    if (first >= last) { /* a page or two, none of them whole */
        u64 border = MIN(ROUND_DOWN(off, PAGE_SIZE) + PAGE_SIZE, end);
        r = zero_part(n, off, border - off);
        return r < 0 ? r : zero_part(n, border, end - border);
    }
    r = zero_part(n, off, first - off);
    if (r == 0)
        r = zero_part(n, last, end - last);
    /* Pages that mappings show stay where they are. */
    for (u64 i = first / PAGE_SIZE; n->maps && r == 0; i++) {
        i = ramfs_page_next(&n->pages, i);
        if (i >= last / PAGE_SIZE)
            break;
        memset(ext4_page_ptr(ramfs_page(&n->pages, i)), 0, PAGE_SIZE);
    }
    if (r == 0 && !n->maps)
        ext4_pages_drop(n, first / PAGE_SIZE, last / PAGE_SIZE - 1);
    return r < 0 ? r : ext4_punch(n, first / size, last / size - 1);
}

static int reserve(struct ext4_node *n, u64 off, u64 len)
{
    struct ext4 *x = ext4_of(n);
    u64 at = off / x->block_size, end = (off + len + x->block_size - 1) / x->block_size;
    while (at < end) {
        struct ext4_run run;
        int r = ext4_map(n, at, &run);
        if (r < 0)
            return r;
        u64 count = MIN(MIN(run.logical + run.len, end) - at, PART);
        if (run.hole) {
            r = ext4_begin(x, count + TREE_BLOCKS);
            if (r == 0)
                r = ext4_end(x, ext4_allocate(n, at, count, false));
        }
        if (r < 0)
            return r;
        at += count;
    }
    return 0;
}

int ext4_fallocate(struct file *f, int mode, loff_t off, loff_t len)
{
    struct inode *i = f->dentry->inode;
    struct ext4_node *n = ext4_node(i);
    struct ext4 *x = ext4_of(n);
    int what = mode & ~FALLOC_FL_KEEP_SIZE;
    bool grows = off + len > i->size && !(mode & FALLOC_FL_KEEP_SIZE);
    if ((what && what != FALLOC_FL_PUNCH_HOLE && what != FALLOC_FL_ZERO_RANGE) ||
        !(ext4_raw(n)->i_flags & EXT4_EXTENTS_FL))
        return -EOPNOTSUPP;
    if ((u64)off + (u64)len > ext4_size_max(n))
        return -EFBIG;
    int r = grows ? ramfs_size_check((u64)(off + len)) : 0;
    if (r == 0)
        r = ext4_begin(x, what ? TREE_BLOCKS : 0);
    if (r == 0)
        r = ext4_end(x, what ? punch(n, (u64)off, (u64)len) : 0);
    if (r == 0 && what != FALLOC_FL_PUNCH_HOLE)
        r = reserve(n, (u64)off, (u64)len);
    if (r < 0)
        return r;
    if (grows && what != FALLOC_FL_PUNCH_HOLE)
        i->size = off + len;
    inode_touch(i, TOUCH_MTIME);
    ext4_changed(n, true);
    return 0;
}
