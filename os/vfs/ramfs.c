/* ramfs: making and ending inodes, and entries in directories. */
#include <linux/limits.h>
#include <linux/magic.h>
#include <linux/stat.h>

#include "base/string.h"
#include "mem/alloc.h"
#include "vfs/ramfs.h"

#define ENTRY_SIZE 20 /* what an entry adds to its directory's st_size, as in Linux's tmpfs */

static void space(struct super *s, struct fs_space *out)
{
    (void)s;
    out->type = TMPFS_MAGIC;
    out->blocks = mem_total() / PAGE_SIZE;
    out->free = ramfs_room() ? (mem_free_bytes() + mem_idle_bytes()) / PAGE_SIZE : 0;
    out->files = out->blocks;
    out->files_free = out->free;
}

struct super ramfs_super = {.dev = 25, .type = "tmpfs", .space = space};

struct inode *ramfs_inode(struct super *s, u32 mode, u64 rdev, const char *target)
{
    struct ramfs_node *n = mem_alloc(sizeof(*n));
    if (!n)
        return 0;
    struct inode *i = &n->inode;
    inode_init(i, s, mode);
    i->ops = &ramfs_special_ops;
    i->rdev = rdev;
    if (S_ISREG(mode)) {
        i->ops = &ramfs_file_ops_inode;
        i->fops = &ramfs_file_ops;
        n->object.ops = &ramfs_object_ops;
    } else if (S_ISDIR(mode)) {
        i->ops = &ramfs_dir_ops;
        i->fops = &dir_file_ops;
        i->size = 2 * ENTRY_SIZE;
    } else if (S_ISLNK(mode)) {
        size_t len = str_len(target);
        n->target = mem_alloc(len + 1);
        if (!n->target) {
            mem_free(n);
            return 0;
        }
        memcpy(n->target, target, len);
        i->size = (loff_t)len;
    }
    return i;
}

void ramfs_release(struct inode *i)
{
    struct ramfs_node *n = ramfs_node(i);
    if (n->xattrs && ramfs_drop_xattrs)
        ramfs_drop_xattrs(n);
    if (S_ISREG(i->mode))
        ramfs_pages_drop(n, 0, ~0ull);
    else if (S_ISLNK(i->mode))
        mem_free(n->target);
    mem_free(n);
}

static void dir_changed(struct inode *dir, int entries)
{
    dir->size += entries * ENTRY_SIZE;
    inode_touch(dir, TOUCH_MTIME);
}

int ramfs_add(struct dentry *dir, const char *name, size_t len, struct inode *i)
{
    struct dentry *d = dentry_new(dir, name, len, i);
    if (!d)
        return -ENOMEM;
    dentry_pin(d);
    dentry_put(d);
    dir->inode->size += ENTRY_SIZE;
    if (S_ISDIR(i->mode))
        dir->inode->nlink++;
    return 0;
}

/* Makes a directory's embedded entries ordinary ones before anything depends on the whole. */
static int complete(struct dentry *dir)
{
    return ramfs_node(dir->inode)->lower && embed_read_dir ? embed_read_dir(dir) : 0;
}

static int dir_lookup(struct dentry *dir, const char *name, size_t len, struct dentry **out)
{
    if (!ramfs_node(dir->inode)->lower)
        return -ENOENT;
    int r = complete(dir);
    struct dentry *d = r < 0 ? 0 : dentry_find(dir, name, len);
    if (!d)
        return r < 0 ? r : -ENOENT;
    dentry_get(d);
    *out = d;
    return 0;
}

static int dir_make(struct dentry *dir, const char *name, size_t len, u32 mode, u64 rdev,
                    const char *target, struct dentry **out)
{
    struct inode *parent = dir->inode;
    struct inode *i = 0;
    if (ramfs_room() && complete(dir) == 0)
        i = ramfs_inode(parent->super, mode, rdev, target);
    if (!i)
        return -ENOSPC;
    if (parent->mode & S_ISGID) {
        i->gid = parent->gid;
        if (S_ISDIR(mode))
            i->mode |= S_ISGID;
    }
    struct dentry *d = dentry_new(dir, name, len, i);
    if (!d) {
        inode_put(i);
        return -ENOSPC;
    }
    dentry_pin(d);
    if (S_ISDIR(mode))
        parent->nlink++;
    dir_changed(parent, 1);
    *out = d;
    return 0;
}

static int dir_tmpfile(struct dentry *dir, u32 mode, u32 flags, struct inode **out)
{
    (void)flags;
    *out = ramfs_inode(dir->inode->super, mode, 0, 0);
    if (!*out)
        return -ENOSPC;
    (*out)->nlink = 0;
    return 0;
}

static int dir_link(struct inode *old, struct dentry *dir, const char *name, size_t len)
{
    if (complete(dir) < 0)
        return -ENOSPC;
    struct dentry *d = dentry_new(dir, name, len, old);
    if (!d)
        return -ENOSPC;
    inode_get(old);
    old->nlink++;
    inode_touch(old, TOUCH_CTIME);
    dentry_pin(d);
    dentry_put(d);
    dir_changed(dir->inode, 1);
    return 0;
}

static int dir_remove(struct dentry *d)
{
    struct inode *i = d->inode, *dir = d->parent->inode;
    if (S_ISDIR(i->mode)) {
        dir->nlink--;
        i->nlink = 0;
    } else {
        i->nlink--;
    }
    inode_touch(i, TOUCH_CTIME);
    dir_changed(dir, -1);
    dentry_unpin(d);
    return 0;
}

static bool dir_empty(struct dentry *dir)
{
    return complete(dir) == 0 && list_empty(&dir->inode->children);
}

static int dir_rename(struct dentry *d, struct dentry *dir, const char *name, size_t len,
                      struct dentry *over)
{
    struct inode *from = d->parent->inode;
    if (complete(dir) < 0)
        return -ENOSPC;
    if (over)
        dentry_get(over);
    int r = 0;
    if (over)
        dir_remove(over);
    r = dentry_move(d, dir, name, len);
    if (r == 0) {
        if (S_ISDIR(d->inode->mode)) {
            from->nlink--;
            dir->inode->nlink++;
        }
        dir_changed(from, -1);
        dir_changed(dir->inode, 1);
        inode_touch(d->inode, TOUCH_CTIME);
    }
    if (over)
        dentry_put(over);
    return r < 0 ? -ENOSPC : 0;
}

static int dir_exchange(struct dentry *a, struct dentry *b)
{
    struct inode *adir = a->parent->inode, *bdir = b->parent->inode;
    int shift = (S_ISDIR(b->inode->mode) ? 1 : 0) - (S_ISDIR(a->inode->mode) ? 1 : 0);
    dentry_swap(a, b);
    adir->nlink = (u32)((int)adir->nlink + shift);
    bdir->nlink = (u32)((int)bdir->nlink - shift);
    dir_changed(adir, 0);
    dir_changed(bdir, 0);
    inode_touch(a->inode, TOUCH_CTIME);
    inode_touch(b->inode, TOUCH_CTIME);
    return 0;
}

static int set_attr(struct inode *i, const struct attr *a)
{
    if (a->valid & ATTR_MODE)
        i->mode = (i->mode & S_IFMT) | (a->mode & 07777);
    if (a->valid & ATTR_UID)
        i->uid = a->uid;
    if (a->valid & ATTR_GID)
        i->gid = a->gid;
    inode_touch(i, TOUCH_CTIME);
    if (a->valid & ATTR_ATIME)
        i->atime = a->atime;
    if (a->valid & ATTR_MTIME)
        i->mtime = a->mtime;
    return 0;
}

static ssize_t read_link(struct inode *i, char *buf, size_t size)
{
    size_t n = MIN((size_t)i->size, size);
    memcpy(buf, ramfs_node(i)->target, n);
    return (ssize_t)n;
}

const struct inode_ops ramfs_dir_ops = {
    .lookup = dir_lookup,
    .make = dir_make,
    .tmpfile = dir_tmpfile,
    .link = dir_link,
    .remove = dir_remove,
    .rename = dir_rename,
    .exchange = dir_exchange,
    .empty = dir_empty,
    .setattr = set_attr,
    .release = ramfs_release,
};
const struct inode_ops ramfs_file_ops_inode = {
    .setattr = set_attr,
    .truncate = ramfs_truncate,
    .release = ramfs_release,
};
const struct inode_ops ramfs_special_ops = {
    .setattr = set_attr,
    .readlink = read_link,
    .release = ramfs_release,
};
