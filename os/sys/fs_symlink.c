/* symlink(2), symlinkat(2). */
#include <linux/fcntl.h>
#include <linux/stat.h>

#include "base/uaccess.h"
#include "sys/fs.h"
#include "vfs/change.h"

long pith_sys_symlinkat(const char *target, int dirfd, const char *path)
{
    char *text = name_get();
    if (!text)
        return -ENOMEM;
    ssize_t n = user_string(text, target, PATH_SIZE);
    long r = n < 0 ? n : n == 0 ? -ENOENT : 0;
    if (r == 0)
        r = change_make(dirfd, path, S_IFLNK | 0777, 0, text, 0);
    name_put(text);
    return r;
}

long pith_sys_symlink(const char *target, const char *path)
{
    return pith_sys_symlinkat(target, AT_FDCWD, path);
}
