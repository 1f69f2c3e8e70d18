/* dup(2), dup2(2), dup3(2). */
#include <linux/fcntl.h>

#include "sys/fs.h"

long pith_sys_dup(int fd)
{
    struct file *f = fd_file(fd);
    if (!f)
        return -EBADF;
    file_get(f);
    return fd_publish(f, false);
}

static long dup_to(struct file *f, int to, bool cloexec)
{
    file_get(f);
    int r = fd_replace(to, f, cloexec);
    if (r < 0)
        file_put(f);
    return r;
}

long pith_sys_dup2(int from, int to)
{
    struct file *f = fd_file(from);
    if (!f)
        return -EBADF;
    return from == to ? to : dup_to(f, to, false);
}

long pith_sys_dup3(int from, int to, int flags)
{
    if (flags & ~O_CLOEXEC || from == to)
        return -EINVAL;
    struct file *f = fd_file(from);
    return f ? dup_to(f, to, flags & O_CLOEXEC) : -EBADF;
}
