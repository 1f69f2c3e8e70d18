/* Writing an open file. */
#include "vfs/rw.h"
#include "vfs/watch.h"

ssize_t file_write(struct file *f, struct iter *it, loff_t *pos)
{
    if (!file_writable(f))
        return -EBADF;
    if (!f->ops->write)
        return -EINVAL;
    if (it->vec == &it->one && iter_wild(it->one.base, it->one.len))
        return -EFAULT;
    file_get(f);
    ssize_t r = f->ops->write(f, it, pos);
    if (watch_notify && r > 0 && f->dentry)
        watch_notify(f->dentry, WATCH_MODIFY, 0);
    file_put(f);
    return r;
}
