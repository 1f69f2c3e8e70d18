/* sendfile(2). */
#include <linux/fcntl.h>

#include "base/uaccess.h"
#include "sys/fs.h"
#include "sys/restart.h"
#include "vfs/transfer.h"

static long send_once(int out_fd, int in_fd, loff_t *user, size_t n)
{
    struct file *in = fd_open_file(in_fd), *out = fd_open_file(out_fd);
    loff_t pos;
    if (!in || !out || !file_readable(in) || !file_writable(out))
        return -EBADF;
    if (user && USER_GET(&pos, user) < 0)
        return -EFAULT;
    if (user && !in->ops->seek)
        return -ESPIPE;
    if (user && pos < 0)
        return -EINVAL;
    if (!in->ops->mmap || out->flags & O_APPEND) /* sendfile(2): something that can be mapped */
        return -EINVAL;
    ssize_t r = transfer(in, user ? &pos : &in->pos, out, &out->pos, MIN(n, FILE_RW_MAX));
    if (r > 0 && user && USER_PUT(user, &pos) < 0)
        return -EFAULT;
    return r;
}

long pith_sys_sendfile(int out_fd, int in_fd, loff_t *user, size_t n)
{
    SYS_RETURN(send_once(out_fd, in_fd, user, n));
}
