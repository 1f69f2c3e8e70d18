/* fork(2), vfork(2), execve(2), execveat(2): one process, one image. */
#include "sys/misc_process.h"

long pith_sys_fork(void)
{
    return -ENOSYS;
}

long pith_sys_vfork(void)
{
    return -ENOSYS;
}

long pith_sys_execve(const char *path, void *argv, void *envp)
{
    (void)path;
    (void)argv;
    (void)envp;
    return -ENOSYS;
}

long pith_sys_execveat(int fd, const char *path, void *argv, void *envp, int flags)
{
    (void)fd;
    (void)path;
    (void)argv;
    (void)envp;
    (void)flags;
    return -ENOSYS;
}
