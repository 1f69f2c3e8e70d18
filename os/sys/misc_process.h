/* The system calls about other processes and those that nobody may make here: the errno that
 * Linux gives where there is none, it is not built in, or it is not permitted. */
#ifndef PITH_SYS_MISC_PROCESS_H
#define PITH_SYS_MISC_PROCESS_H

#include "base/types.h"

long pith_sys_fork(void);
long pith_sys_vfork(void);
long pith_sys_execve(const char *path, void *argv, void *envp);
long pith_sys_execveat(int fd, const char *path, void *argv, void *envp, int flags);
long pith_sys_wait4(int pid, int *status, int options, void *usage);
long pith_sys_waitid(int which, int id, void *info, int options, void *usage);
long pith_sys_process_vm_readv(int pid, const void *local, u64 nlocal, const void *remote,
                               u64 nremote, u64 flags);
long pith_sys_process_vm_writev(int pid, const void *local, u64 nlocal, const void *remote,
                                u64 nremote, u64 flags);

#endif
