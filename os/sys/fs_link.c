/* link(2), linkat(2). */
#include <linux/fcntl.h>
#include <linux/stat.h>

#include "sys/fs.h"
#include "vfs/change.h"
#include "vfs/watch.h"

static int make_link(struct inode *old, bool unnamed, struct walk *w)
{
    struct dentry *d;
    if (w->last != LAST_NAME)
        return -EEXIST;
    int r = walk_child(w, &d);
    if (r == 0) {
        dentry_put(d);
        return -EEXIST;
    }
    if (r != -ENOENT || w->slash)
        return r;
    struct inode *dir = w->dentry->inode;
    if (old->super != dir->super)
        return -EXDEV;
    r = change_may_add(w->dentry);
    if (r < 0)
        return r;
    if (S_ISDIR(old->mode) || !dir->ops->link)
        return -EPERM;
    if (old->nlink == 0 && !unnamed)
        return -ENOENT;
    r = dir->ops->link(old, w->dentry, w->name, w->len);
    if (r == 0 && watch_links)
        watch_links(old);
    if (r == 0 && watch_notify && walk_child(w, &d) == 0) {
        watch_notify(d, WATCH_CREATE, 0);
        dentry_put(d);
    }
    return r;
}

long pith_sys_linkat(int old_fd, const char *old, int new_fd, const char *new, unsigned flags)
{
    struct walk a, b;
    if (flags & ~(unsigned)(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH))
        return -EINVAL;
    int r = walk_user(&a, old_fd, old,
                      (flags & AT_SYMLINK_FOLLOW ? WALK_FOLLOW : 0) |
                          (flags & AT_EMPTY_PATH ? WALK_EMPTY : 0));
    if (r < 0 || a.file) {
        walk_done(&a);
        return r < 0 ? r : -EXDEV;
    }
    struct inode *i = a.dentry->inode;
    bool unnamed = a.dentry->flags & DENTRY_UNNAMED;
    r = walk_parent(&b, new_fd, new, 0);
    if (r == 0)
        r = make_link(i, unnamed, &b);
    walk_done(&b);
    walk_done(&a);
    return r;
}

long pith_sys_link(const char *old, const char *new)
{
    return pith_sys_linkat(AT_FDCWD, old, AT_FDCWD, new, 0);
}
