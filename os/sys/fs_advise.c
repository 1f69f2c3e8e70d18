/* fadvise64(2), readahead(2): advice about caching, which files in memory have no use for. */
#include <linux/fadvise.h>

#include "sys/fs.h"

long pith_sys_fadvise64(int fd, loff_t off, loff_t len, int advice)
{
    struct file *f = fd_open_file(fd);
    (void)off;
    if (!f)
        return -EBADF;
    if (!f->ops->seek)
        return -ESPIPE;
    return len < 0 || advice < POSIX_FADV_NORMAL || advice > POSIX_FADV_NOREUSE ? -EINVAL : 0;
}

long pith_sys_readahead(int fd, loff_t off, size_t n)
{
    struct file *f = fd_open_file(fd);
    (void)off;
    (void)n;
    if (!f || !file_readable(f))
        return -EBADF;
    return f->ops->seek && f->ops->mmap ? 0 : -EINVAL;
}
