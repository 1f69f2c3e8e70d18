/* sync(2), syncfs(2), fsync(2), fdatasync(2), sync_file_range(2). */
#include <linux/fs.h>

#include "sys/fs.h"
#include "sys/restart.h"
#include "vfs/mount.h"

/* Memory is all the storage ramfs has; file systems with more say so (super.sync). */
long pith_sys_sync(void)
{
    list_foreach(it, &mount_list)
    {
        struct super *s = list_entry(it, struct mounted, node)->super;
        if (s->sync)
            s->sync(s);
    }
    return 0;
}

long pith_sys_syncfs(int fd)
{
    struct file *f = fd_open_file(fd);
    if (!f)
        return -EBADF;
    struct super *s = f->dentry ? f->dentry->inode->super : 0;
    return s && s->sync ? s->sync(s) : 0;
}

static long sync_once(int fd, bool data_only)
{
    struct file *f = fd_open_file(fd);
    if (!f)
        return -EBADF;
    if (!f->ops->fsync)
        return -EINVAL;
    file_get(f);
    long r = f->ops->fsync(f, data_only);
    file_put(f);
    return r;
}

long pith_sys_fsync(int fd)
{
    SYS_RETURN(sync_once(fd, false));
}

long pith_sys_fdatasync(int fd)
{
    SYS_RETURN(sync_once(fd, true));
}

long pith_sys_sync_file_range(int fd, loff_t off, loff_t len, unsigned flags)
{
    struct file *f = fd_open_file(fd);
    loff_t end;
    if (!f)
        return -EBADF;
    if (flags & ~(unsigned)(SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE |
                            SYNC_FILE_RANGE_WAIT_AFTER) ||
        off < 0 || len < 0 || __builtin_add_overflow(off, len, &end))
        return -EINVAL;
    if (!f->ops->seek)
        return -ESPIPE;
    SYS_RETURN(sync_once(fd, true));
}
