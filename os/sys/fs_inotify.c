/* inotify_init(2), inotify_init1(2), inotify_add_watch(2), inotify_rm_watch(2). */
#include <linux/fcntl.h>
#include <linux/inotify.h>
#include <linux/stat.h>

#include "sys/fs.h"
#include "vfs/inotify.h"
#include "vfs/path.h"

#define KNOWN                                                                                      \
    (IN_ALL_EVENTS | IN_ONLYDIR | IN_DONT_FOLLOW | IN_EXCL_UNLINK | IN_MASK_CREATE | IN_MASK_ADD | \
     IN_ONESHOT)

long pith_sys_inotify_init1(unsigned flags)
{
    if (flags & ~(unsigned)(IN_CLOEXEC | IN_NONBLOCK))
        return -EINVAL;
    return fd_publish(inotify_new(flags & O_NONBLOCK), flags & O_CLOEXEC);
}

long pith_sys_inotify_init(void)
{
    return pith_sys_inotify_init1(0);
}

long pith_sys_inotify_add_watch(int fd, const char *path, u32 mask)
{
    struct walk w;
    struct file *f = fd_open_file(fd);
    if (!(mask & KNOWN))
        return -EINVAL;
    if (!f)
        return -EBADF;
    if ((mask & IN_MASK_ADD && mask & IN_MASK_CREATE) || !inotify_is(f))
        return -EINVAL;
    int r = walk_user(&w, AT_FDCWD, path, mask & IN_DONT_FOLLOW ? 0 : WALK_FOLLOW);
    if (r == 0 && !w.dentry)
        r = -ENOENT;
    if (r == 0 && mask & IN_ONLYDIR && !S_ISDIR(w.dentry->inode->mode))
        r = -ENOTDIR;
    if (r == 0)
        r = inode_permission(w.dentry->inode, MAY_READ);
    if (r == 0)
        r = inotify_watch(f, w.dentry->inode, mask);
    walk_done(&w);
    return r;
}

long pith_sys_inotify_rm_watch(int fd, int wd)
{
    struct file *f = fd_open_file(fd);
    if (!f)
        return -EBADF;
    return inotify_is(f) ? inotify_unwatch(f, wd) : -EINVAL;
}
