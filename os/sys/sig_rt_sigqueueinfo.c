/* rt_sigqueueinfo(2). To itself a process may say anything. */
#include "base/uaccess.h"
#include "sys/id.h"
#include "sys/sig.h"

static long send(int pid, int signal, const void *user)
{
    siginfo_t info;
    if (USER_GET(&info, (const siginfo_t *)user))
        return -EFAULT;
    if (signal && !sig_valid(signal))
        return -EINVAL;
    bool me = pid > 0 && id_is_self(pid);
    if (!me)
        return info.si_code >= 0 || info.si_code == SI_TKILL ? -EPERM : -ESRCH;
    if (!signal)
        return 0;
    info.si_signo = signal;
    return signal_send_info(NULL, &info);
}

long pith_sys_rt_sigqueueinfo(int pid, int signal, const void *info)
{
    SYS_RETURN(send(pid, signal, info));
}
