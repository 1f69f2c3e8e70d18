/* write(2), pwrite64(2). */
#include "sys/fs.h"
#include "sys/restart.h"
#include "vfs/rw.h"

static ssize_t write_once(int fd, const void *buf, size_t n)
{
    struct file *f = fd_open_file(fd);
    if (!f)
        return -EBADF;
    struct iter it;
    iter_one(&it, buf, n);
    return file_write(f, &it, &f->pos);
}

long pith_sys_write(int fd, const void *buf, size_t n)
{
    SYS_RETURN(write_once(fd, buf, n));
}

static ssize_t pwrite_once(int fd, const void *buf, size_t n, loff_t pos)
{
    struct file *f = fd_open_file(fd);
    int r = f ? file_check_pos(f, pos) : -EBADF;
    if (r < 0)
        return r;
    struct iter it;
    iter_one(&it, buf, n);
    return file_write(f, &it, &pos);
}

long pith_sys_pwrite64(int fd, const void *buf, size_t n, loff_t pos)
{
    SYS_RETURN(pwrite_once(fd, buf, n, pos));
}
