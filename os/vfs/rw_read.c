/* Reading an open file. */
#include "vfs/rw.h"
#include "vfs/watch.h"

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
    if (watch_notify && r > 0 && f->dentry)
        watch_notify(f->dentry, WATCH_ACCESS, 0);
    file_put(f);
    return r;
}
