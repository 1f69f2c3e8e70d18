/* access(2), faccessat(2), faccessat2(2): by the real ids unless AT_EACCESS. */
#include <linux/fcntl.h>

#include "sys/fs.h"
#include "sys/id.h"
#include "vfs/cred.h"
#include "vfs/path.h"

static long access_at(int dirfd, const char *path, int mode, unsigned flags)
{
    struct walk w;
    u32 uid = cred_uid(), gid = cred_gid();
    if (mode & ~(MAY_READ | MAY_WRITE | MAY_EXEC) ||
        flags & ~(unsigned)(AT_EACCESS | AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
        return -EINVAL;
    if (!(flags & AT_EACCESS)) {
        uid = id_cred ? id_cred()->user.real : host_boot->uid;
        gid = id_cred ? id_cred()->group.real : host_boot->gid;
    }
    int r = walk_user(&w, dirfd, path,
                      (flags & AT_SYMLINK_NOFOLLOW ? 0 : WALK_FOLLOW) |
                          (flags & AT_EMPTY_PATH ? WALK_EMPTY : 0));
    if (r == 0 && w.dentry)
        r = inode_permission_as(w.dentry->inode, mode, uid, gid);
    walk_done(&w);
    return r;
}

long pith_sys_access(const char *path, int mode)
{
    return access_at(AT_FDCWD, path, mode, 0);
}

long pith_sys_faccessat(int dirfd, const char *path, int mode)
{
    return access_at(dirfd, path, mode, 0);
}

long pith_sys_faccessat2(int dirfd, const char *path, int mode, unsigned flags)
{
    return access_at(dirfd, path, mode, flags);
}
