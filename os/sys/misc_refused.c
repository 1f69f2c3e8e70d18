/* Calls that are not built in (-ENOSYS) or that no program here may make (-EPERM), as Linux says
 * it of either. Each is a function of its own, so that a program holds what it names. */
#include "base/types.h"

#define REFUSE(name, err)                                                                          \
    long pith_sys_##name(void);                                                                    \
    long pith_sys_##name(void)                                                                     \
    {                                                                                              \
        return -err;                                                                               \
    }

/* System V and POSIX message passing between processes */
REFUSE(semget, ENOSYS)
REFUSE(semop, ENOSYS)
REFUSE(semctl, ENOSYS)
REFUSE(semtimedop, ENOSYS)
REFUSE(shmget, ENOSYS)
REFUSE(shmat, ENOSYS)
REFUSE(shmdt, ENOSYS)
REFUSE(shmctl, ENOSYS)
REFUSE(msgget, ENOSYS)
REFUSE(msgsnd, ENOSYS)
REFUSE(msgrcv, ENOSYS)
REFUSE(msgctl, ENOSYS)
REFUSE(mq_open, ENOSYS)
REFUSE(mq_unlink, ENOSYS)
REFUSE(mq_timedsend, ENOSYS)
REFUSE(mq_timedreceive, ENOSYS)
REFUSE(mq_notify, ENOSYS)
REFUSE(mq_getsetattr, ENOSYS)

/* rings, events and filters of a kernel */
REFUSE(io_uring_setup, ENOSYS)
REFUSE(io_uring_enter, ENOSYS)
REFUSE(io_uring_register, ENOSYS)
REFUSE(perf_event_open, ENOSYS)
REFUSE(userfaultfd, ENOSYS)
REFUSE(seccomp, ENOSYS)
REFUSE(bpf, EPERM)
REFUSE(fanotify_init, EPERM)
REFUSE(fanotify_mark, EPERM)

/* other processes and their memory */
REFUSE(ptrace, EPERM)
REFUSE(setns, EPERM)
REFUSE(unshare, EPERM)

/* the machine, which is the host's */
REFUSE(ioperm, EPERM)
REFUSE(iopl, EPERM)
REFUSE(reboot, EPERM)
REFUSE(syslog, EPERM)
REFUSE(acct, EPERM)
REFUSE(init_module, EPERM)
REFUSE(finit_module, EPERM)
REFUSE(delete_module, EPERM)
REFUSE(swapon, EPERM)
REFUSE(swapoff, EPERM)
REFUSE(quotactl, EPERM)
REFUSE(vhangup, EPERM)
REFUSE(open_by_handle_at, EPERM)
