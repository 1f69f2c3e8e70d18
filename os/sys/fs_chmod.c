/* chmod(2), fchmod(2), fchmodat(2). */
#include <linux/fcntl.h>

#include "sys/fs.h"
#include "vfs/setattr.h"

static long mode_at(int dirfd, const char *path, u32 mode, unsigned flags)
{
    struct walk w;
    int r = walk_user(&w, dirfd, path, flags);
    if (r == 0)
        r = setattr_target(&w);
    if (r == 0)
        r = setattr_mode(w.dentry, mode);
    walk_done(&w);
    return r;
}

long pith_sys_chmod(const char *path, u32 mode)
{
    return mode_at(AT_FDCWD, path, mode, WALK_FOLLOW);
}

long pith_sys_fchmodat(int dirfd, const char *path, u32 mode)
{
    return mode_at(dirfd, path, mode, WALK_FOLLOW);
}

long pith_sys_fchmodat2(int dirfd, const char *path, u32 mode, unsigned flags)
{
    if (flags & ~(unsigned)(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
        return -EINVAL;
    return mode_at(dirfd, path, mode,
                   (flags & AT_SYMLINK_NOFOLLOW ? 0 : WALK_FOLLOW) |
                       (flags & AT_EMPTY_PATH ? WALK_EMPTY : 0));
}

long pith_sys_fchmod(int fd, u32 mode)
{
    struct file *f = fd_open_file(fd);
    if (!f)
        return -EBADF;
    return f->dentry ? setattr_mode(f->dentry, mode) : -EPERM;
}
