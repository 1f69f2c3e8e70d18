/* Reading a directory. A position is a place in its blocks: entries stay where they are until they
 * are removed, and one in the middle of a removed entry goes on with the one behind it. Behind the
 * last block come the mount points that the disk does not know of. */
#include "ext4/ext4.h"

#include <asm/stat.h>
#include <linux/fcntl.h>
#include <linux/fs.h>
#include <linux/stat.h>

#define MOUNTS (1ll << 48) /* positions of mount points: their cookies */

static u32 mode_of(u8 type)
{
    static const u32 modes[8] = {0, S_IFREG, S_IFDIR, S_IFCHR, S_IFBLK, S_IFIFO, S_IFSOCK, S_IFLNK};
    return type < 8 ? modes[type] : 0;
}

/* The entries of a block from f->pos on. 0: the sink is full; 1: go on; -errno. */
static int give(struct file *f, struct ext4_node *dir, struct ext4_buf *b, u64 start,
                struct dir_sink *sink)
{
    struct ext4 *x = ext4_of(dir);
    for (u32 at = 0, size; at < x->block_size; at += size) {
        const struct ext2_dir_entry_2 *e = (const struct ext2_dir_entry_2 *)(b->data + at);
        size = ext4_entry_len(x, b, at);
        if (!size)
            return -EUCLEAN;
        if (start + at < (u64)f->pos)
            continue;
        if (e->inode && e->name_len) {
            const struct dentry *known = dentry_find(f->dentry, e->name, e->name_len);
            bool mount = known && known->flags & DENTRY_VIRTUAL;
            if (!mount && !sink->add(sink, e->name, e->name_len, e->inode, mode_of(e->file_type),
                                     (loff_t)(start + at + size)))
                return 0;
        }
        f->pos = (loff_t)(start + at + size);
    }
    return 1;
}

static int give_mounts(struct file *f, struct dir_sink *sink)
{
    f->pos = MAX(f->pos, MOUNTS);
    list_foreach(it, &f->dentry->inode->children)
    {
        struct dentry *d = list_entry(it, struct dentry, sibling);
        loff_t at = MOUNTS + (loff_t)d->cookie;
        if (!(d->flags & DENTRY_VIRTUAL) || at < f->pos)
            continue;
        if (!sink->add(sink, d->name, d->len, d->inode->ino, d->inode->mode & S_IFMT, at + 1))
            return 0;
        f->pos = at + 1;
    }
    return 0;
}

static int dir_readdir(struct file *f, struct dir_sink *sink)
{
    struct ext4_node *dir = ext4_node(f->dentry->inode);
    u32 size = ext4_of(dir)->block_size;
    while (f->pos < dir->inode.size) {
        u64 block = (u64)f->pos / size;
        int r;
        struct ext4_buf *b = ext4_dir_block(dir, block, &r);
        if (!b && r != -ENOENT)
            return r;
        r = b ? give(f, dir, b, block * size, sink) : 1;
        if (r <= 0)
            return r;
        f->pos = (loff_t)((block + 1) * size);
    }
    inode_touch(&dir->inode, TOUCH_ATIME);
    return give_mounts(f, sink);
}

static ssize_t dir_read(struct file *f, struct iter *it, loff_t *pos)
{
    (void)f, (void)it, (void)pos;
    return -EISDIR;
}

static loff_t dir_seek(struct file *f, loff_t off, int whence)
{
    if (whence == SEEK_CUR)
        off += f->pos;
    else if (whence != SEEK_SET)
        return -EINVAL;
    return off < 0 ? -EINVAL : (f->pos = off);
}

static int dir_stat(struct file *f, struct stat *st)
{
    inode_stat(f->dentry->inode, st);
    return 0;
}

static int dir_fsync(struct file *f, bool data_only)
{
    return ext4_fsync(ext4_node(f->dentry->inode), data_only);
}

const struct file_ops ext4_dir_fops = {
    .read = dir_read,
    .seek = dir_seek,
    .stat = dir_stat,
    .fsync = dir_fsync,
    .readdir = dir_readdir,
};
