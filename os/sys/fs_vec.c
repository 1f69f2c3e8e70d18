/* See sys/fs_vec.h. */
#include "sys/fs_vec.h"
#include "vfs/rw.h"

ssize_t iovec_once(int fd, const void *vec, unsigned long n, loff_t *pos, iovec_move *move)
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
    ssize_t done = move(f, &it, pos ? pos : &f->pos);
    iovec_done(&copy);
    return done;
}
