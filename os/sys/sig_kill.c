/* kill(2). There is one process, in a group and session of its own. */
#include "sys/id.h"
#include "sys/sig.h"

static long send(int pid, int signal)
{
    siginfo_t info;
    if (signal && !sig_valid(signal))
        return -EINVAL;
    bool me = pid >= 0 ? id_is_self(pid) : pid != -1 && pid == -(int)pith_sys_getpgrp();
    if (!me)
        return -ESRCH;
    if (!signal)
        return 0;
    signal_info_user(&info, signal, SI_USER);
    return signal_send_info(NULL, &info);
}

long pith_sys_kill(int pid, int signal)
{
    SYS_RETURN(send(pid, signal));
}
