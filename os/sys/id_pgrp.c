/* Process groups and sessions: the process leads a group and a session of its own, as the first
 * process of a container does. */
#include "sys/id.h"

long pith_sys_getpgrp(void)
{
    return (long)host_boot->pid;
}

long pith_sys_getpgid(int pid)
{
    return id_is_self(pid) ? pith_sys_getpgrp() : -ESRCH;
}

long pith_sys_getsid(int pid)
{
    return pith_sys_getpgid(pid);
}

/* A session leader may not be moved. */
long pith_sys_setpgid(int pid, int pgid)
{
    if (pgid < 0)
        return -EINVAL;
    return id_is_self(pid) ? -EPERM : -ESRCH;
}

long pith_sys_setsid(void)
{
    return -EPERM;
}
