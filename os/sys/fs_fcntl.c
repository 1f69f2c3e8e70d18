/* fcntl(2). What only one type of file knows (pipe sizes, seals) is its own (file_ops.fcntl). */
#include <linux/fcntl.h>

#include "base/uaccess.h"
#include "sys/fs.h"
#include "sys/restart.h"
#include "vfs/lock.h"

#define SETFL_MASK (O_APPEND | O_NONBLOCK | O_DIRECT | O_NOATIME | FASYNC)

static long set_flags(struct file *f, u32 flags)
{
    f->flags = (f->flags & ~(u32)SETFL_MASK) | (flags & SETFL_MASK);
    return 0;
}

static long duplicate(struct file *f, int min, bool cloexec)
{
    file_get(f);
    int fd = fd_install(f, min, cloexec);
    if (fd < 0)
        file_put(f);
    return fd;
}

/* The commands that an O_PATH file answers too; 1 if it is none of them. */
static long on_descriptor(int fd, struct file *f, unsigned cmd, unsigned long arg)
{
    switch (cmd) {
    case F_DUPFD:
        return duplicate(f, (int)arg, false);
    case F_DUPFD_CLOEXEC:
        return duplicate(f, (int)arg, true);
    case F_GETFD:
        return fd_cloexec(fd) ? FD_CLOEXEC : 0;
    case F_SETFD:
        fd_set_cloexec(fd, arg & FD_CLOEXEC);
        return 0;
    case F_GETFL:
        return (long)f->flags;
    default:
        return -EBADF;
    }
}

static long owner_ex(struct file *f, unsigned cmd, unsigned long arg)
{
    struct f_owner_ex o = {F_OWNER_PID, f->owner};
    if (cmd == F_GETOWN_EX) {
        if (f->owner < 0) {
            o.type = F_OWNER_PGRP;
            o.pid = -f->owner;
        }
        return USER_PUT((void *)arg, &o);
    }
    if (USER_GET(&o, (void *)arg) < 0)
        return -EFAULT;
    if (o.type < F_OWNER_TID || o.type > F_OWNER_PGRP)
        return -EINVAL;
    f->owner = o.type == F_OWNER_PGRP ? -o.pid : o.pid;
    return 0;
}

static long fcntl_once(int fd, unsigned cmd, unsigned long arg)
{
    struct file *f = fd_file(fd);
    if (!f)
        return -EBADF;
    switch (cmd) {
    case F_DUPFD:
    case F_DUPFD_CLOEXEC:
    case F_GETFD:
    case F_SETFD:
    case F_GETFL:
        return on_descriptor(fd, f, cmd, arg);
    }
    if (f->flags & O_PATH)
        return -EBADF;
    switch (cmd) {
    case F_SETFL:
        return set_flags(f, (u32)arg);
    case F_GETLK:
    case F_SETLK:
    case F_SETLKW:
    case F_OFD_GETLK:
    case F_OFD_SETLK:
    case F_OFD_SETLKW:
        return lock_fcntl(f, (int)cmd, (void *)arg);
    case F_GETOWN:
        return f->owner;
    case F_SETOWN:
        f->owner = (int)arg;
        return 0;
    case F_GETOWN_EX:
    case F_SETOWN_EX:
        return owner_ex(f, cmd, arg);
    case F_GETSIG:
        return 0;
    case F_SETSIG: /* only SIGIO is ever sent, so only the default can be granted */
        return arg == 0 ? 0 : -EINVAL;
    case F_GETLEASE:
        return F_UNLCK;
    case F_SETLEASE:
        return arg == F_UNLCK ? 0 : -EAGAIN;
    default:
        return f->ops->fcntl ? f->ops->fcntl(f, cmd, arg) : -EINVAL;
    }
}

long pith_sys_fcntl(int fd, unsigned cmd, unsigned long arg)
{
    SYS_RETURN(fcntl_once(fd, cmd, arg));
}
