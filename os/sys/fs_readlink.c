/* readlink(2), readlinkat(2). */
#include <linux/fcntl.h>
#include <linux/stat.h>

#include "base/uaccess.h"
#include "sys/fs.h"
#include "vfs/path.h"

static long read_link(struct walk *w, char *buf, size_t size)
{
    struct inode *i = w->dentry ? w->dentry->inode : 0;
    if (!i || !S_ISLNK(i->mode) || !i->ops->readlink)
        return -EINVAL;
    char *text = name_get();
    if (!text)
        return -ENOMEM;
    ssize_t n = i->ops->readlink(i, text, MIN(size, (size_t)PATH_SIZE));
    if (n > 0 && user_copy(buf, text, (size_t)n) < 0)
        n = -EFAULT;
    if (n >= 0)
        inode_touch(i, TOUCH_ATIME);
    name_put(text);
    return n;
}

long pith_sys_readlinkat(int dirfd, const char *path, char *buf, int size)
{
    struct walk w;
    if (size <= 0)
        return -EINVAL;
    long r = walk_user(&w, dirfd, path, WALK_EMPTY);
    if (r == 0)
        r = read_link(&w, buf, (size_t)size);
    walk_done(&w);
    return r;
}

long pith_sys_readlink(const char *path, char *buf, int size)
{
    return pith_sys_readlinkat(AT_FDCWD, path, buf, size);
}
