/* utimensat(2), futimesat(2), utimes(2), utime(2). */
#include <linux/fcntl.h>

#include "base/uaccess.h"
#include "sys/fs.h"
#include "vfs/setattr.h"

#define UTIME_OMIT 0x3ffffffe

/* path 0 (utimensat only): dirfd itself. */
static long times_at(int dirfd, const char *path, const s64 *times, unsigned flags)
{
    struct walk w;
    if (!path) {
        struct file *f = fd_open_file(dirfd);
        if (!f)
            return -EBADF;
        return f->dentry ? setattr_times(f->dentry, times) : -EPERM;
    }
    int r = walk_user(&w, dirfd, path, flags);
    if (r == 0)
        r = setattr_target(&w);
    if (r == 0)
        r = setattr_times(w.dentry, times);
    walk_done(&w);
    return r;
}

long pith_sys_utimensat(int dirfd, const char *path, const void *times, unsigned flags)
{
    s64 t[4]; /* two struct timespec */
    if (flags & ~(unsigned)(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
        return -EINVAL;
    if (times && USER_GET(&t, (const s64(*)[4])times) < 0)
        return -EFAULT;
    if (times && t[1] == UTIME_OMIT && t[3] == UTIME_OMIT)
        return 0; /* as Linux, without a look at the path */
    if (!path && dirfd == AT_FDCWD)
        return -EFAULT;
    if (!path && flags)
        return -EINVAL;
    return times_at(dirfd, path, times ? t : 0,
                    (flags & AT_SYMLINK_NOFOLLOW ? 0 : WALK_FOLLOW) |
                        (flags & AT_EMPTY_PATH ? WALK_EMPTY : 0));
}

long pith_sys_futimesat(int dirfd, const char *path, const void *times)
{
    s64 t[4]; /* two struct timeval */
    if (times) {
        if (USER_GET(&t, (const s64(*)[4])times) < 0)
            return -EFAULT;
        if (t[1] < 0 || t[1] >= 1000000 || t[3] < 0 || t[3] >= 1000000)
            return -EINVAL;
        t[1] *= 1000;
        t[3] *= 1000;
    }
    return times_at(dirfd, path, times ? t : 0, WALK_FOLLOW);
}

long pith_sys_utimes(const char *path, const void *times)
{
    if (!path)
        return -EFAULT;
    return pith_sys_futimesat(AT_FDCWD, path, times);
}

long pith_sys_utime(const char *path, const void *times)
{
    s64 t[4] = {0}, sec[2]; /* struct utimbuf */
    if (!path)
        return -EFAULT;
    if (times) {
        if (USER_GET(&sec, (const s64(*)[2])times) < 0)
            return -EFAULT;
        t[0] = sec[0];
        t[2] = sec[1];
    }
    return times_at(AT_FDCWD, path, times ? t : 0, WALK_FOLLOW);
}
