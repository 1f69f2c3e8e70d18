/* See change.h. */
#include <linux/stat.h>

#include "vfs/change.h"
#include "vfs/cred.h"
#include "vfs/watch.h"

int change_may_add(struct dentry *dir)
{
    struct inode *i = dir->inode;
    if (i->super->read_only)
        return -EROFS;
    if (dir->flags & DENTRY_DEAD || i->super->fixed)
        return -ENOENT;
    int r = inode_permission(i, MAY_WRITE | MAY_EXEC);
    return r < 0 ? r : i->ops->make ? 0 : -EPERM;
}

int change_may_remove(struct dentry *victim)
{
    struct inode *dir = victim->parent->inode;
    if (dir->super->read_only)
        return -EROFS;
    int r = inode_permission(dir, MAY_WRITE | MAY_EXEC);
    if (r < 0)
        return r;
    u32 uid = cred_uid();
    if (dir->mode & S_ISVTX && uid != 0 && uid != victim->inode->uid && uid != dir->uid)
        return -EPERM;
    if (victim->flags & DENTRY_MOUNT)
        return -EBUSY;
    return dir->ops->remove ? 0 : -EPERM;
}

int change_make(int dirfd, const char *user, u32 mode, u64 rdev, const char *target,
                struct inode **out)
{
    struct walk w;
    struct dentry *d;
    int r = walk_parent(&w, dirfd, user, 0);
    if (r < 0)
        goto out;
    r = -EEXIST;
    if (w.last != LAST_NAME)
        goto out;
    r = walk_child(&w, &d);
    if (r == 0) {
        dentry_put(d);
        r = -EEXIST;
        goto out;
    }
    if (r != -ENOENT)
        goto out;
    if (w.slash && !S_ISDIR(mode)) /* "there is no such directory": only mkdir may make it */
        goto out;
    r = change_may_add(w.dentry);
    if (r < 0)
        goto out;
    r = w.dentry->inode->ops->make(w.dentry, w.name, w.len, mode, rdev, target, &d);
    if (r < 0)
        goto out;
    if (out) {
        inode_get(d->inode);
        *out = d->inode;
    }
    if (watch_notify)
        watch_notify(d, WATCH_CREATE, 0);
    dentry_put(d);
out:
    walk_done(&w);
    return r;
}

static int remove_found(struct walk *w, struct dentry *d, bool dir)
{
    bool is_dir = S_ISDIR(d->inode->mode);
    if (w->slash && !dir)
        return is_dir ? -EISDIR : -ENOTDIR;
    int r = change_may_remove(d);
    if (r < 0)
        return r;
    if (dir != is_dir)
        return dir ? -ENOTDIR : -EISDIR;
    if (dir && d->inode->ops->empty && !d->inode->ops->empty(d))
        return -ENOTEMPTY;
    if (watch_notify)
        watch_notify(d, WATCH_DELETE, 0);
    return w->dentry->inode->ops->remove(d);
}

int change_remove(int dirfd, const char *user, bool dir)
{
    static const int not_a_name[2][4] = {
        [false] = {0, -EISDIR, -EISDIR, -EISDIR},
        [true] = {0, -EINVAL, -ENOTEMPTY, -EBUSY},
    };
    struct walk w;
    struct dentry *d;
    int r = walk_parent(&w, dirfd, user, 0);
    if (r == 0)
        r = not_a_name[dir][w.last];
    if (r == 0 && w.dentry->inode->super->read_only)
        r = -EROFS; /* whether there is such a name or not, as on Linux */
    if (r == 0)
        r = walk_child(&w, &d);
    if (r == 0) {
        r = remove_found(&w, d, dir);
        dentry_put(d);
    }
    walk_done(&w);
    return r;
}
