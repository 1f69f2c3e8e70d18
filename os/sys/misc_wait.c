/* wait4(2), waitid(2): there are no children. */
#include "sys/misc_process.h"

#include <linux/wait.h>

#define OPTIONS_COMMON (WNOHANG | WCONTINUED | __WNOTHREAD | __WCLONE | __WALL)

long pith_sys_wait4(int pid, int *status, int options, void *usage)
{
    (void)status;
    (void)usage;
    if (options & ~(OPTIONS_COMMON | WUNTRACED))
        return -EINVAL;
    return pid == -0x7fffffff - 1 ? -ESRCH : -ECHILD;
}

long pith_sys_waitid(int which, int id, void *info, int options, void *usage)
{
    (void)info;
    (void)usage;
    if (options & ~(OPTIONS_COMMON | WNOWAIT | WEXITED | WSTOPPED) ||
        !(options & (WEXITED | WSTOPPED | WCONTINUED)))
        return -EINVAL;
    if (which == P_ALL)
        return -ECHILD;
    if ((which != P_PID && which != P_PGID && which != P_PIDFD) || id < 0 ||
        (which == P_PID && id == 0))
        return -EINVAL;
    return which == P_PIDFD ? -EBADF : -ECHILD;
}
