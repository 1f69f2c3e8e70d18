/* Reading an open file. */
#include "vfs/rw.h"

ssize_t file_read(struct file *f, struct iter *it, loff_t *pos)
{
    if (!file_readable(f))
        return -EBADF;
    if (!f->ops->read)
        return -EINVAL;
    if (it->vec == &it->one && iter_wild(it->one.base, it->one.len))
        return -EFAULT;
    file_get(f);
    ssize_t r = f->ops->read(f, it, pos);
    file_put(f);
    return r;
}
