/* readv(2), preadv(2), preadv2(2). */
#include <linux/fs.h>

#include "sys/fs.h"
#include "sys/restart.h"
#include "vfs/rw.h"

static ssize_t readv_once(int fd, const void *vec, unsigned long n, loff_t *pos)
{
    struct file *f = fd_open_file(fd);
    int r = !f ? -EBADF : pos ? file_check_pos(f, *pos) : 0;
    if (r < 0)
        return r;
    struct iter it;
    struct iovec_copy copy;
    r = iovec_import(&it, &copy, vec, n);
    if (r < 0)
        return r;
    ssize_t got = file_read(f, &it, pos ? pos : &f->pos);
    iovec_done(&copy);
    return got;
}

long pith_sys_readv(int fd, const void *vec, unsigned long n)
{
    SYS_RETURN(readv_once(fd, vec, n, 0));
}

long pith_sys_preadv(int fd, const void *vec, unsigned long n, loff_t pos, long high)
{
    (void)high; /* a 64-bit loff_t is all in the first */
    SYS_RETURN(readv_once(fd, vec, n, &pos));
}

long pith_sys_preadv2(int fd, const void *vec, unsigned long n, loff_t pos, long high, int flags)
{
    (void)high;
    if (flags & ~(RWF_HIPRI | RWF_NOWAIT))
        return -EOPNOTSUPP;
    SYS_RETURN(readv_once(fd, vec, n, pos == -1 ? 0 : &pos));
}
