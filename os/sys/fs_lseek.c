/* lseek(2). */
#include "sys/fs.h"

long pith_sys_lseek(int fd, loff_t off, int whence)
{
    struct file *f = fd_open_file(fd);
    if (!f)
        return -EBADF;
    if (whence < 0 || whence > 4)
        return -EINVAL;
    return f->ops->seek ? f->ops->seek(f, off, whence) : -ESPIPE;
}
