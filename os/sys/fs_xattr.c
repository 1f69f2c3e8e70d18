/* The extended attributes' calls, as a tmpfs without the user namespace answers them: there are
 * none, and none can be set; bad paths and descriptors are found first. */
#include <linux/fcntl.h>

#include "sys/fs.h"
#include "vfs/path.h"

static long on_path(const char *path, bool follow, long answer)
{
    struct walk w;
    int r = walk_user(&w, AT_FDCWD, path, follow ? WALK_FOLLOW : 0);
    walk_done(&w);
    return r < 0 ? r : answer;
}

static long on_fd(int fd, long answer)
{
    return fd_open_file(fd) ? answer : -EBADF;
}

long pith_sys_getxattr(const char *path)
{
    return on_path(path, true, -EOPNOTSUPP);
}

long pith_sys_lgetxattr(const char *path)
{
    return on_path(path, false, -EOPNOTSUPP);
}

long pith_sys_fgetxattr(int fd)
{
    return on_fd(fd, -EOPNOTSUPP);
}

long pith_sys_setxattr(const char *path)
{
    return on_path(path, true, -EOPNOTSUPP);
}

long pith_sys_lsetxattr(const char *path)
{
    return on_path(path, false, -EOPNOTSUPP);
}

long pith_sys_fsetxattr(int fd)
{
    return on_fd(fd, -EOPNOTSUPP);
}

long pith_sys_removexattr(const char *path)
{
    return on_path(path, true, -EOPNOTSUPP);
}

long pith_sys_lremovexattr(const char *path)
{
    return on_path(path, false, -EOPNOTSUPP);
}

long pith_sys_fremovexattr(int fd)
{
    return on_fd(fd, -EOPNOTSUPP);
}

long pith_sys_listxattr(const char *path)
{
    return on_path(path, true, 0);
}

long pith_sys_llistxattr(const char *path)
{
    return on_path(path, false, 0);
}

long pith_sys_flistxattr(int fd)
{
    return on_fd(fd, 0);
}
