/* tkill(2). */
#include "sys/sig.h"

static long send(int tid, int signal)
{
    int err;
    siginfo_t info;
    if (tid <= 0 || (signal && !sig_valid(signal)))
        return -EINVAL;
    struct thread *t = sig_thread(0, tid, &err);
    if (!t || !signal)
        return t ? 0 : err;
    signal_info_user(&info, signal, SI_TKILL);
    return signal_send_info(t, &info);
}

long pith_sys_tkill(int tid, int signal)
{
    SYS_RETURN(send(tid, signal));
}
