/* rt_tgsigqueueinfo(2). */
#include "base/uaccess.h"
#include "sys/sig.h"

static long send(int pid, int tid, int signal, const void *user)
{
    int err;
    siginfo_t info;
    if (pid <= 0 || tid <= 0)
        return -EINVAL;
    if (USER_GET(&info, (const siginfo_t *)user))
        return -EFAULT;
    if (signal && !sig_valid(signal))
        return -EINVAL;
    struct thread *t = sig_thread(pid, tid, &err);
    if (!t || !signal)
        return t ? 0 : err;
    info.si_signo = signal;
    return signal_send_info(t, &info);
}

long pith_sys_rt_tgsigqueueinfo(int pid, int tid, int signal, const void *info)
{
    SYS_RETURN(send(pid, tid, signal, info));
}
