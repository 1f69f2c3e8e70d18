/* truncate(2), ftruncate(2). They can send SIGXFSZ, so they end as calls that sleep do. */
#include <linux/fcntl.h>
#include <linux/stat.h>

#include "sys/fs.h"
#include "sys/restart.h"
#include "vfs/path.h"
#include "vfs/watch.h"

static int truncate_inode(struct inode *i, loff_t size)
{
    if (S_ISDIR(i->mode))
        return -EISDIR;
    if (!S_ISREG(i->mode) || !i->ops->truncate)
        return -EINVAL;
    int r = inode_permission(i, MAY_WRITE);
    return r < 0 ? r : i->ops->truncate(i, size);
}

static long truncate_path(const char *path, loff_t size)
{
    struct walk w;
    if (size < 0)
        return -EINVAL;
    int r = walk_user(&w, AT_FDCWD, path, WALK_FOLLOW);
    if (r == 0)
        r = w.dentry ? truncate_inode(w.dentry->inode, size) : -EINVAL;
    if (r == 0 && watch_notify)
        watch_notify(w.dentry, WATCH_MODIFY, 0);
    walk_done(&w);
    return r;
}

static long truncate_fd(int fd, loff_t size)
{
    struct file *f = fd_open_file(fd);
    if (size < 0)
        return -EINVAL;
    if (!f)
        return -EBADF;
    if (!file_writable(f) || !f->ops->truncate)
        return -EINVAL;
    int r = f->ops->truncate(f, size);
    if (r == 0 && watch_notify && f->dentry)
        watch_notify(f->dentry, WATCH_MODIFY, 0);
    return r;
}

long pith_sys_truncate(const char *path, loff_t size)
{
    SYS_RETURN(truncate_path(path, size));
}

long pith_sys_ftruncate(int fd, loff_t size)
{
    SYS_RETURN(truncate_fd(fd, size));
}
