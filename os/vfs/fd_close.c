/* Closing a descriptor. POSIX record locks end with any descriptor of their file. */
#include "vfs/file.h"
#include "vfs/lock.h"

int fd_close(int fd)
{
    struct file *f = fd_file(fd);
    if (!f)
        return -EBADF;
    fd_table[fd] = 0;
    fd_lowest = MIN(fd_lowest, (unsigned)fd);
    if (lock_fd_closed)
        lock_fd_closed(f);
    int r = f->ops->flush ? f->ops->flush(f) : 0;
    file_put(f);
    return r;
}
