/* read(2), pread64(2). */
#include "sys/fs.h"
#include "sys/restart.h"
#include "vfs/rw.h"

static ssize_t read_once(int fd, void *buf, size_t n)
{
    struct file *f = fd_open_file(fd);
    if (!f)
        return -EBADF;
    struct iter it;
    iter_one(&it, buf, n);
    return file_read(f, &it, &f->pos);
}

long pith_sys_read(int fd, void *buf, size_t n)
{
    SYS_RETURN(read_once(fd, buf, n));
}

static ssize_t pread_once(int fd, void *buf, size_t n, loff_t pos)
{
    struct file *f = fd_open_file(fd);
    int r = f ? file_check_pos(f, pos) : -EBADF;
    if (r < 0)
        return r;
    struct iter it;
    iter_one(&it, buf, n);
    return file_read(f, &it, &pos);
}

long pith_sys_pread64(int fd, void *buf, size_t n, loff_t pos)
{
    SYS_RETURN(pread_once(fd, buf, n, pos));
}
