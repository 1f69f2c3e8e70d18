/* See setattr.h. */
#include <linux/stat.h>

#include "vfs/cred.h"
#include "vfs/setattr.h"
#include "vfs/watch.h"

#define UTIME_NOW 0x3fffffff
#define UTIME_OMIT 0x3ffffffe

static int apply(struct dentry *d, struct attr *a)
{
    struct inode *i = d->inode;
    if (!i->ops->setattr)
        return -EPERM;
    int r = i->ops->setattr(i, a);
    if (r == 0 && watch_notify)
        watch_notify(d, WATCH_ATTRIB, 0);
    return r;
}

int setattr_mode(struct dentry *d, u32 mode)
{
    struct inode *i = d->inode;
    struct attr a = {.valid = ATTR_MODE, .mode = mode & 07777};
    if (i->super->read_only)
        return -EROFS;
    if (S_ISLNK(i->mode))
        return -EOPNOTSUPP;
    int r = inode_owner_check(i);
    if (r < 0)
        return r;
    if (cred_uid() != 0 && !cred_in_group(i->gid))
        a.mode &= ~(u32)S_ISGID;
    return apply(d, &a);
}

int setattr_owner(struct dentry *d, u32 uid, u32 gid)
{
    struct inode *i = d->inode;
    struct attr a = {.valid = 0};
    if (i->super->read_only)
        return -EROFS;
    if (uid != ~0u) {
        if (cred_uid() != 0 && (cred_uid() != i->uid || uid != i->uid))
            return -EPERM;
        a.valid |= ATTR_UID;
        a.uid = uid;
    }
    if (gid != ~0u) {
        if (cred_uid() != 0 && (cred_uid() != i->uid || (gid != i->gid && !cred_in_group(gid))))
            return -EPERM;
        a.valid |= ATTR_GID;
        a.gid = gid;
    }
    if (!S_ISDIR(i->mode) && i->mode & (S_ISUID | S_ISGID)) {
        a.valid |= ATTR_MODE;
        a.mode = i->mode & 07777 & ~(u32)S_ISUID;
        if (a.mode & S_IXGRP)
            a.mode &= ~(u32)S_ISGID;
    }
    return apply(d, &a);
}

static bool one_time(struct time_os *out, s64 sec, s64 nsec, bool *explicit_time)
{
    if (nsec == UTIME_OMIT)
        return false;
    if (nsec == UTIME_NOW) {
        *out = inode_now();
    } else {
        *out = (struct time_os){sec, (u32)nsec};
        *explicit_time = true;
    }
    return true;
}

static bool bad_nsec(s64 nsec)
{
    return nsec != UTIME_NOW && nsec != UTIME_OMIT && (nsec < 0 || nsec >= 1000000000);
}

int setattr_times(struct dentry *d, const s64 times[4])
{
    static const s64 now[4] = {0, UTIME_NOW, 0, UTIME_NOW};
    struct inode *i = d->inode;
    struct attr a = {.valid = 0};
    bool explicit_time = false;
    const s64 *t = times ? times : now;
    if (bad_nsec(t[1]) || bad_nsec(t[3]))
        return -EINVAL;
    if (one_time(&a.atime, t[0], t[1], &explicit_time))
        a.valid |= ATTR_ATIME;
    if (one_time(&a.mtime, t[2], t[3], &explicit_time))
        a.valid |= ATTR_MTIME;
    if (!a.valid)
        return 0;
    if (i->super->read_only)
        return -EROFS;
    /* Now may be set by who may write; anything else only by the owner. */
    bool both_now = !explicit_time && a.valid == (ATTR_ATIME | ATTR_MTIME);
    if (both_now)
        a.valid |= ATTR_NOW;
    if (inode_owner_check(i) < 0) {
        if (!both_now)
            return -EPERM;
        int r = inode_permission(i, MAY_WRITE);
        if (r < 0)
            return r;
    }
    return apply(d, &a);
}
