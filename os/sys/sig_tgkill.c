/* tgkill(2). */
#include "sys/sig.h"

static long send(int pid, int tid, int signal)
{
    int err;
    siginfo_t info;
    if (pid <= 0 || tid <= 0 || (signal && !sig_valid(signal)))
        return -EINVAL;
    struct thread *t = sig_thread(pid, tid, &err);
    if (!t || !signal)
        return t ? 0 : err;
    signal_info_user(&info, signal, SI_TKILL);
    return signal_send_info(t, &info);
}

long pith_sys_tgkill(int pid, int tid, int signal)
{
    SYS_RETURN(send(pid, tid, signal));
}
