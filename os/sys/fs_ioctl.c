/* ioctl(2): the requests that mean the same on every file; all others are the type's. */
#include <asm/ioctls.h>
#include <linux/fcntl.h>

#include "base/uaccess.h"
#include "sys/fs.h"
#include "sys/restart.h"

#define FIGETBSZ_NR 2 /* _IO(0x00, 2), <linux/fs.h> */

static long set_flag(struct file *f, u32 flag, unsigned long arg)
{
    int on;
    if (USER_GET(&on, (int *)arg) < 0)
        return -EFAULT;
    f->flags = on ? f->flags | flag : f->flags & ~flag;
    return 0;
}

static long ioctl_once(int fd, unsigned cmd, unsigned long arg)
{
    struct file *f = fd_open_file(fd);
    if (!f)
        return -EBADF;
    switch (cmd) {
    case FIOCLEX:
    case FIONCLEX:
        fd_set_cloexec(fd, cmd == FIOCLEX);
        return 0;
    case FIONBIO:
        return set_flag(f, O_NONBLOCK, arg);
    case FIOASYNC:
        return set_flag(f, FASYNC, arg);
    case FIGETBSZ_NR: {
        int size = PAGE_SIZE;
        return USER_PUT((int *)arg, &size);
    }
    }
    if (!f->ops->ioctl)
        return -ENOTTY;
    file_get(f);
    long r = f->ops->ioctl(f, cmd, arg);
    file_put(f);
    return r;
}

long pith_sys_ioctl(int fd, unsigned cmd, unsigned long arg)
{
    SYS_RETURN(ioctl_once(fd, cmd, arg));
}
