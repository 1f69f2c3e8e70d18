/* mknod(2), mknodat(2). */
#include <linux/fcntl.h>
#include <linux/stat.h>

#include "sys/fs.h"
#include "vfs/change.h"
#include "vfs/cred.h"
#include "vfs/open.h"

long pith_sys_mknodat(int dirfd, const char *path, u32 mode, u64 dev)
{
    u32 type = mode & S_IFMT ? mode & S_IFMT : S_IFREG;
    switch (type) {
    case S_IFIFO:
        fifo_link();
        /* fall through */
    case S_IFREG:
    case S_IFSOCK:
        dev = 0;
        break;
    case S_IFCHR:
    case S_IFBLK:
        if (cred_uid() != 0)
            return -EPERM;
        break;
    case S_IFDIR:
        return -EPERM;
    default:
        return -EINVAL;
    }
    return change_make(dirfd, path, type | (mode & 07777 & ~path_umask()), dev, 0, 0);
}

long pith_sys_mknod(const char *path, u32 mode, u64 dev)
{
    return pith_sys_mknodat(AT_FDCWD, path, mode, dev);
}
