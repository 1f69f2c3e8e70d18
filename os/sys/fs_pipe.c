/* pipe(2), pipe2(2). */
#include <linux/fcntl.h>

#include "base/uaccess.h"
#include "sys/fs.h"
#include "vfs/pipe.h"

long pith_sys_pipe2(int *user, u32 flags)
{
    struct file *end[2];
    int fd[2];
    if (flags & ~(u32)(O_CLOEXEC | O_DIRECT | O_NONBLOCK))
        return -EINVAL;
    int r = pipe_files(end, flags & (O_DIRECT | O_NONBLOCK));
    if (r < 0)
        return r;
    fd[0] = fd_publish(end[0], flags & O_CLOEXEC);
    if (fd[0] < 0) {
        file_put(end[1]);
        return fd[0];
    }
    fd[1] = fd_publish(end[1], flags & O_CLOEXEC);
    if (fd[1] < 0) {
        fd_close(fd[0]);
        return fd[1];
    }
    if (USER_PUT((int(*)[2])user, &fd) < 0) {
        fd_close(fd[0]);
        fd_close(fd[1]);
        return -EFAULT;
    }
    return 0;
}

long pith_sys_pipe(int *user)
{
    return pith_sys_pipe2(user, 0);
}
