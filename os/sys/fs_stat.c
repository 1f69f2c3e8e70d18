/* stat(2), lstat(2), newfstatat(2). */
#include <asm/stat.h>
#include <linux/fcntl.h>

#include "base/uaccess.h"
#include "sys/fs.h"
#include "vfs/path.h"

static long stat_at(int dirfd, const char *path, struct stat *user, unsigned flags)
{
    struct walk w;
    struct stat st;
    int r = walk_user(&w, dirfd, path, flags);
    if (r == 0) {
        if (w.file)
            r = w.file->ops->stat ? w.file->ops->stat(w.file, &st) : -EBADF;
        else
            inode_stat(w.dentry->inode, &st);
    }
    walk_done(&w);
    return r < 0 ? r : USER_PUT(user, &st);
}

long pith_sys_stat(const char *path, struct stat *user)
{
    return stat_at(AT_FDCWD, path, user, WALK_FOLLOW);
}

long pith_sys_lstat(const char *path, struct stat *user)
{
    return stat_at(AT_FDCWD, path, user, 0);
}

long pith_sys_newfstatat(int dirfd, const char *path, struct stat *user, unsigned flags)
{
    if (flags & ~(unsigned)(AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH))
        return -EINVAL;
    return stat_at(dirfd, path, user,
                   (flags & AT_SYMLINK_NOFOLLOW ? 0 : WALK_FOLLOW) |
                       (flags & AT_EMPTY_PATH ? WALK_EMPTY : 0));
}
