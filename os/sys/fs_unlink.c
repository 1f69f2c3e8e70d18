/* unlink(2), unlinkat(2), rmdir(2). */
#include <linux/fcntl.h>

#include "sys/fs.h"
#include "vfs/change.h"

long pith_sys_unlink(const char *path)
{
    return change_remove(AT_FDCWD, path, false);
}

long pith_sys_rmdir(const char *path)
{
    return change_remove(AT_FDCWD, path, true);
}

long pith_sys_unlinkat(int dirfd, const char *path, unsigned flags)
{
    if (flags & ~(unsigned)AT_REMOVEDIR)
        return -EINVAL;
    return change_remove(dirfd, path, flags & AT_REMOVEDIR);
}
