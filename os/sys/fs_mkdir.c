/* mkdir(2), mkdirat(2). */
#include <linux/fcntl.h>
#include <linux/stat.h>

#include "sys/fs.h"
#include "vfs/change.h"

long pith_sys_mkdirat(int dirfd, const char *path, u32 mode)
{
    return change_make(dirfd, path, S_IFDIR | (mode & 01777 & ~path_umask()), 0, 0, 0);
}

long pith_sys_mkdir(const char *path, u32 mode)
{
    return pith_sys_mkdirat(AT_FDCWD, path, mode);
}
