/* chown(2), lchown(2), fchown(2), fchownat(2). */
#include <linux/fcntl.h>

#include "sys/fs.h"
#include "vfs/setattr.h"

static long owner_at(int dirfd, const char *path, u32 uid, u32 gid, unsigned flags)
{
    struct walk w;
    int r = walk_user(&w, dirfd, path, flags);
    if (r == 0)
        r = setattr_target(&w);
    if (r == 0)
        r = setattr_owner(w.dentry, uid, gid);
    walk_done(&w);
    return r;
}

long pith_sys_chown(const char *path, u32 uid, u32 gid)
{
    return owner_at(AT_FDCWD, path, uid, gid, WALK_FOLLOW);
}

long pith_sys_lchown(const char *path, u32 uid, u32 gid)
{
    return owner_at(AT_FDCWD, path, uid, gid, 0);
}

long pith_sys_fchownat(int dirfd, const char *path, u32 uid, u32 gid, unsigned flags)
{
    if (flags & ~(unsigned)(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
        return -EINVAL;
    return owner_at(dirfd, path, uid, gid,
                    (flags & AT_SYMLINK_NOFOLLOW ? 0 : WALK_FOLLOW) |
                        (flags & AT_EMPTY_PATH ? WALK_EMPTY : 0));
}

long pith_sys_fchown(int fd, u32 uid, u32 gid)
{
    struct file *f = fd_open_file(fd);
    if (!f)
        return -EBADF;
    return f->dentry ? setattr_owner(f->dentry, uid, gid) : -EPERM;
}
