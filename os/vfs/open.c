/* Opening by path; see open.h and open(2). */
#include <linux/fcntl.h>
#include <linux/stat.h>

#include "base/string.h"
#include "mem/alloc.h"
#include "vfs/open.h"
#include "vfs/watch.h"

int (*open_fifo)(struct inode *i, struct file *f);

#define PATH_FLAGS (O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

void open_drop(struct file *f)
{
    struct dentry *d = f->dentry;
    if (watch_notify && !(f->flags & O_PATH))
        watch_notify(d, file_writable(f) ? WATCH_CLOSE_WRITE : WATCH_CLOSE_NOWRITE, 0);
    file_drop(f); /* needs the dentry still */
    dentry_put(d);
}

static const struct file_ops path_ops; /* of O_PATH files: only stat */

static int path_stat(struct file *f, struct stat *st)
{
    inode_stat(f->dentry->inode, st);
    return 0;
}
static const struct file_ops path_ops = {.stat = path_stat};

static int open_special(struct inode *i, struct file *f)
{
    switch (i->mode & S_IFMT) {
    case S_IFCHR:
        return chrdev_open(i, f);
    case S_IFIFO:
        return open_fifo ? open_fifo(i, f) : -ENXIO;
    default:
        return -ENXIO; /* sockets; block devices: no driver */
    }
}

int open_dentry(struct dentry *d, u32 flags, struct file **out)
{
    struct inode *i = d->inode;
    u32 kept = flags & ~(u32)(O_CREAT | O_EXCL | O_NOCTTY | O_CLOEXEC);
    struct file *f = file_new(flags & O_PATH ? &path_ops : i->fops, kept, 0);
    if (!f)
        return -ENOMEM;
    f->dentry = d;
    int r = 0;
    if (!(flags & O_PATH)) {
        f->flags |= O_LARGEFILE;
        if (i->ops->open)
            r = i->ops->open(i, f);
        else if (!f->ops)
            r = open_special(i, f);
    }
    f->flags &= ~(u32)O_TRUNC;
    if (r < 0) {
        mem_free(f);
        return r;
    }
    dentry_get(d);
    f->drop = open_drop;
    *out = f;
    return 0;
}

/* An open file without a name, by /proc/self/fd: another one on the same object, if that needs
 * no more than its type and number. */
static int open_again(struct file *old, u32 flags, struct file **out)
{
    if (old->dentry)
        return open_dentry(old->dentry, flags, out);
    if (flags & O_PATH || (old->ops->release && !old->ops->reopen))
        return -ENXIO;
    u32 kept = flags & ~(u32)(O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | O_CLOEXEC);
    struct file *f = file_new(old->ops, kept, old->priv);
    int r = !f ? -ENOMEM : old->ops->reopen ? old->ops->reopen(old, f) : 0;
    if (r < 0)
        mem_free(f);
    else
        *out = f;
    return r;
}

static int may_open(struct inode *i, u32 flags)
{
    static const int masks[4] = {MAY_READ, MAY_WRITE, MAY_READ | MAY_WRITE, MAY_READ | MAY_WRITE};
    int mask = masks[flags & O_ACCMODE];
    if (flags & O_TRUNC)
        mask |= MAY_WRITE;
    if (S_ISLNK(i->mode))
        return -ELOOP;
    if (S_ISDIR(i->mode) && mask & MAY_WRITE)
        return -EISDIR;
    int r = inode_permission(i, mask);
    if (r == 0 && flags & O_NOATIME)
        r = inode_owner_check(i);
    return r;
}

static int create(struct walk *w, u32 flags, u32 mode, struct dentry **out)
{
    struct inode *dir = w->dentry->inode;
    int r = dir->super->read_only ? -EROFS : inode_permission(dir, MAY_WRITE | MAY_EXEC);
    if (r < 0)
        return r;
    if (w->dentry->flags & DENTRY_DEAD)
        return -ENOENT;
    if (!dir->ops->make)
        return dir->super->fixed ? -ENOENT : -EPERM;
    mode = S_IFREG | (mode & 07777 & ~path_umask());
    r = dir->ops->create ? dir->ops->create(w->dentry, w->name, w->len, mode, flags, out)
                         : dir->ops->make(w->dentry, w->name, w->len, mode, 0, 0, out);
    if (r == 0 && watch_notify)
        watch_notify(*out, WATCH_CREATE, 0);
    return r;
}

/* Making what must not be there needs no look at it first where the other side looks anyhow, unless
 * it is known to be there, or the directory may not be written: then the order of errors is kept.
 */
static bool blindly(const struct walk *w, u32 flags)
{
    const u32 both = O_CREAT | O_EXCL;
    struct inode *dir = w->dentry ? w->dentry->inode : 0;
    return (flags & both) == both && dir && dir->super->remote && w->last == LAST_NAME &&
           !w->slash && !dentry_find(w->dentry, w->name, w->len) && S_ISDIR(dir->mode) &&
           inode_permission(dir, MAY_WRITE | MAY_EXEC) == 0;
}

/* Walks to what is to be opened, and makes it where O_CREAT asks for that. */
static int find(struct walk *w, u32 flags, u32 mode, struct dentry **out, bool *created)
{
    for (;;) {
        struct dentry *d;
        if (flags & O_CREAT && w->slash && w->last == LAST_NAME)
            return -EISDIR;
        if (blindly(w, flags)) {
            *created = true;
            return create(w, flags, mode, out);
        }
        int r = walk_child(w, &d);
        if (w->file)
            return flags & O_EXCL && flags & O_CREAT ? -EEXIST : 0;
        if (r == -ENOENT && flags & O_CREAT && w->last == LAST_NAME) {
            *created = true;
            return create(w, flags, mode, out);
        }
        if (r < 0)
            return r;
        bool link = S_ISLNK(d->inode->mode) && w->last == LAST_NAME;
        if (flags & O_CREAT && flags & O_EXCL) {
            dentry_put(d);
            return -EEXIST;
        }
        if (link && (w->slash || !(flags & O_NOFOLLOW))) {
            r = walk_link(w, d);
            if (r < 0)
                return r;
            continue;
        }
        *out = d;
        if (S_ISDIR(d->inode->mode))
            return flags & O_CREAT ? -EISDIR : 0;
        if (link && flags & O_DIRECTORY)
            return -ENOTDIR;
        return w->slash || flags & O_DIRECTORY ? -ENOTDIR : 0;
    }
}

static int open_found(struct dentry *d, u32 flags, bool created, struct file **out)
{
    struct inode *i = d->inode;
    int r = 0;
    if (flags & O_PATH)
        return open_dentry(d, flags, out);
    if (!created)
        r = may_open(i, flags);
    if (r < 0)
        return r;
    bool cut = flags & O_TRUNC && S_ISREG(i->mode) && !created && i->ops->truncate;
    if (cut && !i->super->remote)
        r = i->ops->truncate(i, 0);
    if (r < 0)
        return r;
    r = open_dentry(d, cut ? flags : flags & ~(u32)O_TRUNC, out);
    if (r == 0 && cut && watch_notify)
        watch_notify(d, WATCH_MODIFY, 0);
    if (r == 0 && watch_notify)
        watch_notify(d, WATCH_OPEN, 0);
    return r;
}

/* O_TMPFILE: a file without a name in the file system of a directory. */
static int open_unnamed(struct walk *w, u32 flags, u32 mode, struct file **out)
{
    struct inode *dir = w->dentry ? w->dentry->inode : 0;
    if (!dir || !S_ISDIR(dir->mode))
        return -ENOTDIR;
    if (!file_writable(&(struct file){.flags = flags}))
        return -EINVAL;
    int r = inode_permission(dir, MAY_WRITE | MAY_EXEC);
    if (r < 0)
        return r;
    if (!dir->ops->tmpfile)
        return -EOPNOTSUPP;
    struct inode *i;
    r = dir->ops->tmpfile(w->dentry, S_IFREG | (mode & 07777 & ~path_umask()),
                          flags & ~(u32)O_DIRECTORY, &i);
    if (r < 0)
        return r;
    char name[24];
    int len = str_format(name, sizeof(name), "#%lu", (unsigned long)i->ino);
    struct dentry *d = dentry_new(w->dentry, name, (size_t)len, i);
    if (!d) {
        inode_put(i);
        return -ENOMEM;
    }
    d->flags |= DENTRY_DEAD | (flags & O_EXCL ? 0 : DENTRY_UNNAMED);
    r = open_dentry(d, flags & ~(u32)(__O_TMPFILE | O_DIRECTORY), out);
    if (r == 0)
        (*out)->flags |= flags & O_TMPFILE;
    dentry_put(d);
    return r;
}

int open_path(int dirfd, const char *user, u32 flags, u32 mode, unsigned resolve, struct file **out)
{
    struct walk w;
    struct dentry *d = 0;
    bool created = false;
    if (flags & O_PATH)
        flags &= PATH_FLAGS;
    if (flags & __O_TMPFILE) {
        if ((flags & O_TMPFILE) != O_TMPFILE || flags & O_CREAT)
            return -EINVAL;
        int r = walk_user(&w, dirfd, user, resolve | WALK_FOLLOW);
        if (r == 0)
            r = open_unnamed(&w, flags, mode, out);
        walk_done(&w);
        return r;
    }
    if (flags & O_CREAT && flags & O_DIRECTORY)
        return -EINVAL;
    int r = walk_parent(&w, dirfd, user, resolve);
    if (r == 0)
        r = find(&w, flags, mode, &d, &created);
    if (r == 0)
        r = w.file ? open_again(w.file, flags, out) : open_found(d, flags, created, out);
    if (d)
        dentry_put(d);
    walk_done(&w);
    return r;
}
