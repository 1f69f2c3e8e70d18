/* getcwd(2), chdir(2), fchdir(2), chroot(2). */
#include <linux/fcntl.h>
#include <linux/stat.h>

#include "base/string.h"
#include "base/uaccess.h"
#include "sys/fs.h"
#include "vfs/cred.h"
#include "vfs/path.h"

long pith_sys_getcwd(char *buf, size_t size)
{
    static const char prefix[] = "(unreachable)";
    bool reachable;
    struct dentry *d = path_cwd();
    if (d->flags & DENTRY_DEAD)
        return -ENOENT;
    char *name = name_get();
    if (!name)
        return -ENOMEM;
    char *p = dentry_path(d, name + sizeof(prefix), PATH_SIZE - sizeof(prefix), false, &reachable);
    long r = -ENAMETOOLONG;
    if (p) {
        if (!reachable) {
            p -= sizeof(prefix) - 1;
            memcpy(p, prefix, sizeof(prefix) - 1);
        }
        size_t n = str_len(p) + 1;
        r = n > size ? -ERANGE : user_copy(buf, p, n) < 0 ? -EFAULT : (long)n;
    }
    name_put(name);
    return r;
}

static int enter(struct dentry *d)
{
    if (!d || !S_ISDIR(d->inode->mode))
        return -ENOTDIR;
    return inode_permission(d->inode, MAY_EXEC);
}

long pith_sys_chdir(const char *path)
{
    struct walk w;
    int r = walk_user(&w, AT_FDCWD, path, WALK_FOLLOW);
    if (r == 0)
        r = enter(w.dentry);
    if (r == 0)
        path_set_cwd(w.dentry);
    walk_done(&w);
    return r;
}

long pith_sys_fchdir(int fd)
{
    struct file *f = fd_file(fd);
    if (!f)
        return -EBADF;
    int r = enter(f->dentry);
    if (r == 0)
        path_set_cwd(f->dentry);
    return r;
}

long pith_sys_chroot(const char *path)
{
    struct walk w;
    int r = walk_user(&w, AT_FDCWD, path, WALK_FOLLOW);
    if (r == 0)
        r = enter(w.dentry);
    if (r == 0 && cred_uid() != 0)
        r = -EPERM;
    if (r == 0)
        path_set_root(w.dentry);
    walk_done(&w);
    return r;
}
