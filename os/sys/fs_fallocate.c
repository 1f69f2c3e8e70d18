/* fallocate(2). */
#include <linux/falloc.h>
#include <linux/fcntl.h>

#include "sys/fs.h"
#include "sys/restart.h"

#define KNOWN                                                                                      \
    (FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE | FALLOC_FL_COLLAPSE_RANGE |                       \
     FALLOC_FL_ZERO_RANGE | FALLOC_FL_INSERT_RANGE)

static long allocate(int fd, int mode, loff_t off, loff_t len)
{
    struct file *f = fd_open_file(fd);
    int what = mode & ~FALLOC_FL_KEEP_SIZE;
    loff_t end;
    if (!f)
        return -EBADF;
    if (off < 0 || len <= 0)
        return -EINVAL;
    if (mode & ~KNOWN || (what & (what - 1)) ||
        (what == FALLOC_FL_PUNCH_HOLE && !(mode & FALLOC_FL_KEEP_SIZE)))
        return -EOPNOTSUPP;
    if (mode & FALLOC_FL_KEEP_SIZE &&
        (what == FALLOC_FL_COLLAPSE_RANGE || what == FALLOC_FL_INSERT_RANGE))
        return -EINVAL;
    if (!file_writable(f))
        return -EBADF;
    if (!f->ops->fallocate)
        return f->ops->seek ? -ENODEV : -ESPIPE;
    if (__builtin_add_overflow(off, len, &end))
        return -EFBIG;
    return f->ops->fallocate(f, mode, off, len);
}

long pith_sys_fallocate(int fd, int mode, loff_t off, loff_t len)
{
    SYS_RETURN(allocate(fd, mode, off, len)); /* it can send SIGXFSZ */
}
