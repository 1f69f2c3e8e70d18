/* copy_file_range(2). */
#include <linux/fcntl.h>

#include "base/uaccess.h"
#include "sys/fs.h"
#include "sys/restart.h"
#include "vfs/inode.h"
#include "vfs/transfer.h"

static int position(struct file *f, loff_t *user, loff_t *pos)
{
    if (!user)
        *pos = f->pos;
    else if (USER_GET(pos, user) < 0)
        return -EFAULT;
    return *pos < 0 ? -EINVAL : 0;
}

static bool regular(const struct file *f)
{
    return f->dentry && inode_is(f->dentry->inode, 0100000);
}

static long copy_once(int in_fd, loff_t *in_user, int out_fd, loff_t *out_user, size_t n)
{
    struct file *in = fd_open_file(in_fd), *out = fd_open_file(out_fd);
    loff_t from, to;
    if (!in || !out)
        return -EBADF;
    if ((in->flags | out->flags) & O_DIRECTORY)
        return -EISDIR;
    if (!regular(in) || !regular(out))
        return -EINVAL;
    if (!file_readable(in) || !file_writable(out) || out->flags & O_APPEND)
        return -EBADF;
    int r = position(in, in_user, &from);
    if (r == 0)
        r = position(out, out_user, &to);
    if (r < 0)
        return r;
    loff_t left = in->dentry->inode->size - from;
    n = MIN(MIN(n, FILE_RW_MAX), (size_t)MAX(left, 0));
    if (!n)
        return 0;
    if (in->dentry->inode == out->dentry->inode && from < to + (loff_t)n && to < from + (loff_t)n)
        return -EINVAL;
    ssize_t done = -EOPNOTSUPP;
    if (in->ops == out->ops && in->ops->copy &&
        in->dentry->inode->super == out->dentry->inode->super) {
        done = in->ops->copy(in, from, out, to, n);
        if (done > 0) {
            from += done;
            to += done;
        }
    }
    if (done == -EOPNOTSUPP)
        done = transfer(in, &from, out, &to, n);
    if (done <= 0)
        return done;
    if (!in_user)
        in->pos = from;
    else if (USER_PUT(in_user, &from) < 0)
        return -EFAULT;
    if (!out_user)
        out->pos = to;
    else if (USER_PUT(out_user, &to) < 0)
        return -EFAULT;
    return done;
}

long pith_sys_copy_file_range(int in_fd, loff_t *in_user, int out_fd, loff_t *out_user, size_t n,
                              unsigned flags)
{
    if (flags)
        return -EINVAL;
    SYS_RETURN(copy_once(in_fd, in_user, out_fd, out_user, n));
}
