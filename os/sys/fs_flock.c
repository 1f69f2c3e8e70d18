/* flock(2). */
#include <linux/fcntl.h>

#include "sys/fs.h"
#include "sys/restart.h"
#include "vfs/lock.h"

static long flock_once(int fd, int op)
{
    struct file *f = fd_open_file(fd);
    return f ? lock_flock(f, op) : -EBADF;
}

long pith_sys_flock(int fd, int op)
{
    SYS_RETURN(flock_once(fd, op));
}
