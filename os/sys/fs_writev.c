/* writev(2), pwritev(2), pwritev2(2). */
#include <linux/fcntl.h>
#include <linux/fs.h>

#include "sys/fs.h"
#include "sys/fs_vec.h"
#include "sys/restart.h"
#include "vfs/rw.h"

long pith_sys_writev(int fd, const void *vec, unsigned long n)
{
    SYS_RETURN(iovec_once(fd, vec, n, 0, file_write));
}

long pith_sys_pwritev(int fd, const void *vec, unsigned long n, loff_t pos, long high)
{
    (void)high; /* a 64-bit loff_t is all in the first */
    SYS_RETURN(iovec_once(fd, vec, n, &pos, file_write));
}

/* RWF_APPEND: at the end whatever the position; without an offset the position follows. */
static ssize_t append_once(int fd, const void *vec, unsigned long n, loff_t *pos)
{
    struct file *f = fd_open_file(fd);
    if (!f || f->flags & O_APPEND)
        return iovec_once(fd, vec, n, pos, file_write);
    f->flags |= O_APPEND;
    file_get(f);
    ssize_t r = iovec_once(fd, vec, n, pos, file_write);
    f->flags &= ~(u32)O_APPEND;
    file_put(f);
    return r;
}

long pith_sys_pwritev2(int fd, const void *vec, unsigned long n, loff_t pos, long high, int flags)
{
    (void)high;
    if (flags & ~(RWF_HIPRI | RWF_DSYNC | RWF_SYNC | RWF_APPEND))
        return -EOPNOTSUPP;
    loff_t *at = pos == -1 ? 0 : &pos;
    if (flags & RWF_APPEND)
        SYS_RETURN(append_once(fd, vec, n, at));
    SYS_RETURN(iovec_once(fd, vec, n, at, file_write));
}
