/* rename(2), renameat(2), renameat2(2). The order of the checks is Linux's. */
#include <linux/fcntl.h>
#include <linux/fs.h>
#include <linux/stat.h>

#include "sys/fs.h"
#include "vfs/change.h"
#include "vfs/watch.h"

static void tell(struct dentry *d, u32 event, u32 cookie)
{
    if (watch_notify)
        watch_notify(d, event, cookie);
}

static int check_target(struct dentry *from, struct dentry *over, bool exchange)
{
    bool from_dir = S_ISDIR(from->inode->mode), over_dir = S_ISDIR(over->inode->mode);
    int r = change_may_remove(over);
    if (r < 0)
        return r;
    if (exchange)
        return 0;
    if (from_dir && !over_dir)
        return -ENOTDIR;
    if (!from_dir && over_dir)
        return -EISDIR;
    if (over_dir && over->inode->ops->empty && !over->inode->ops->empty(over))
        return -ENOTEMPTY;
    return 0;
}

/* from and over (which may be 0) are held by the caller. */
static int move(struct dentry *from, struct walk *to, struct dentry *over, unsigned flags)
{
    static u32 cookie;
    struct dentry *dir = to->dentry;
    struct inode *gone = 0;
    const struct inode_ops *ops = dir->inode->ops;
    bool is_dir = S_ISDIR(from->inode->mode), exchange = flags & RENAME_EXCHANGE;
    if (over && over->inode == from->inode)
        return 0;
    int r = change_may_remove(from);
    if (r == 0)
        r = over ? check_target(from, over, exchange) : change_may_add(dir);
    if (r < 0)
        return r;
    /* A directory that gets another ".." is written to. */
    if (is_dir && dir != from->parent)
        r = inode_permission(from->inode, MAY_WRITE);
    if (r == 0 && exchange && S_ISDIR(over->inode->mode) && dir != from->parent)
        r = inode_permission(over->inode, MAY_WRITE);
    if (r < 0)
        return r;
    if (exchange)
        return ops->exchange ? ops->exchange(from, over) : -EINVAL;
    if (!ops->rename)
        return -EPERM;
    cookie++;
    tell(from, WATCH_MOVED_FROM, cookie);
    if (over)
        inode_get(gone = over->inode);
    r = ops->rename(from, dir, to->name, to->len, over);
    if (r == 0)
        tell(from, WATCH_MOVED_TO, cookie);
    if (gone) {
        if (r == 0 && watch_links)
            watch_links(gone);
        inode_put(gone);
    }
    return r;
}

static int check_and_move(struct walk *a, struct walk *b, struct dentry *from, struct dentry *over,
                          unsigned flags)
{
    bool is_dir = S_ISDIR(from->inode->mode);
    if (over && flags & RENAME_NOREPLACE)
        return -EEXIST;
    if (!over && flags & RENAME_EXCHANGE)
        return -ENOENT;
    if (flags & RENAME_EXCHANGE && b->slash && !S_ISDIR(over->inode->mode))
        return -ENOTDIR;
    if (!is_dir && (a->slash || (b->slash && !(flags & RENAME_EXCHANGE))))
        return -ENOTDIR;
    if (dentry_below(b->dentry, from))
        return -EINVAL; /* into itself */
    if (over && dentry_below(a->dentry, over))
        return flags & RENAME_EXCHANGE ? -EINVAL : -ENOTEMPTY;
    return move(from, b, over, flags);
}

static long rename_at(int old_fd, const char *old, int new_fd, const char *new, unsigned flags)
{
    struct walk a, b;
    struct dentry *from = 0, *over = 0;
    if (flags & ~(unsigned)(RENAME_NOREPLACE | RENAME_EXCHANGE) ||
        flags == (RENAME_NOREPLACE | RENAME_EXCHANGE))
        return -EINVAL;
    int r = walk_parent(&a, old_fd, old, 0);
    if (r < 0) {
        walk_done(&a);
        return r;
    }
    r = walk_parent(&b, new_fd, new, 0);
    if (r < 0)
        goto out;
    r = -EBUSY;
    if (a.file || b.file)
        goto out;
    if (a.dentry->inode->super != b.dentry->inode->super) {
        r = -EXDEV;
        goto out;
    }
    if (a.last != LAST_NAME || b.last != LAST_NAME) {
        r = flags & RENAME_NOREPLACE && a.last == LAST_NAME ? -EEXIST : -EBUSY;
        goto out;
    }
    r = a.dentry->inode->super->read_only ? -EROFS : walk_child(&a, &from);
    if (r < 0)
        goto out;
    r = walk_child(&b, &over);
    if (r < 0 && r != -ENOENT)
        goto out;
    r = check_and_move(&a, &b, from, over, flags);
out:
    if (from)
        dentry_put(from);
    if (over)
        dentry_put(over);
    walk_done(&a);
    walk_done(&b);
    return r;
}

long pith_sys_rename(const char *old, const char *new)
{
    return rename_at(AT_FDCWD, old, AT_FDCWD, new, 0);
}

long pith_sys_renameat(int old_fd, const char *old, int new_fd, const char *new)
{
    return rename_at(old_fd, old, new_fd, new, 0);
}

long pith_sys_renameat2(int old_fd, const char *old, int new_fd, const char *new, unsigned flags)
{
    return rename_at(old_fd, old, new_fd, new, flags);
}
