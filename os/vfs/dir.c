/* An open directory whose entries are pinned dentries. f->pos is the cookie of the next entry;
 * f->priv caches where in the list that is, good as long as nothing was removed. */
#include <asm/stat.h>
#include <linux/fs.h>
#include <linux/stat.h>

#include "mem/alloc.h"
#include "vfs/ramfs.h"

struct place {
    struct dentry *next; /* first entry not yet read; 0: search */
    loff_t pos;
    u64 removals;
};

static struct dentry *find_next(struct file *f, struct inode *dir)
{
    struct place *p = f->priv;
    if (p && p->next && p->pos == f->pos && p->removals == dir->removals)
        return p->next;
    return dentry_child(dir, (u64)f->pos);
}

static void remember(struct file *f, struct inode *dir, struct dentry *next)
{
    struct place *p = f->priv;
    if (!p)
        p = f->priv = mem_alloc(sizeof(*p)); /* without it reading is only slower */
    if (p)
        *p = (struct place){next, f->pos, dir->removals};
}

static int dir_readdir(struct file *f, struct dir_sink *sink)
{
    struct dentry *self = f->dentry;
    struct inode *dir = self->inode;
    if (ramfs_node(dir)->lower && embed_read_dir) {
        int r = embed_read_dir(self);
        if (r < 0)
            return r;
    }
    inode_touch(dir, TOUCH_ATIME);
    if (f->pos == 0) {
        if (!sink->add(sink, ".", 1, dir->ino, S_IFDIR, 1))
            return 0;
        f->pos = 1;
    }
    if (f->pos == 1) {
        if (!sink->add(sink, "..", 2, self->parent->inode->ino, S_IFDIR, 2))
            return 0;
        f->pos = 2;
    }
    struct dentry *d = find_next(f, dir);
    while (d) {
        if (!sink->add(sink, d->name, d->len, d->inode->ino, d->inode->mode & S_IFMT,
                       (loff_t)d->cookie + 1))
            break;
        f->pos = (loff_t)d->cookie + 1;
        d = d->sibling.next == &dir->children ? 0
                                              : list_entry(d->sibling.next, struct dentry, sibling);
    }
    remember(f, dir, d);
    return 0;
}

static ssize_t dir_read(struct file *f, struct iter *it, loff_t *pos)
{
    (void)f;
    (void)it;
    (void)pos;
    return -EISDIR;
}

static loff_t dir_seek(struct file *f, loff_t off, int whence)
{
    if (whence == SEEK_CUR)
        off += f->pos;
    else if (whence == SEEK_END)
        off += (loff_t)f->dentry->inode->next_cookie;
    else if (whence != SEEK_SET)
        return -EINVAL;
    if (off < 0)
        return -EINVAL;
    f->pos = off;
    return off;
}

static int dir_stat(struct file *f, struct stat *st)
{
    inode_stat(f->dentry->inode, st);
    return 0;
}

static int dir_fsync(struct file *f, bool data_only)
{
    (void)f;
    (void)data_only;
    return 0;
}

static void dir_release(struct file *f)
{
    mem_free(f->priv);
}

const struct file_ops dir_file_ops = {
    .read = dir_read,
    .seek = dir_seek,
    .stat = dir_stat,
    .fsync = dir_fsync,
    .readdir = dir_readdir,
    .release = dir_release,
};
