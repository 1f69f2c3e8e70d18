/* rt_sigprocmask(2). */
#include "base/uaccess.h"
#include "sys/sig.h"

/* All that a program can block, as sigfillset and the C library's own short blocks say it. */
#define ALL_BLOCKED (~(SIG_BIT(32) | SIG_BIT(33) | SIG_BIT(34) | SIG_UNBLOCKABLE))

static long change(int how, const void *user, struct thread *t)
{
    sigset_os set;
    if (USER_GET(&set, (const sigset_os *)user))
        return -EFAULT;
    sigset_os old = t->sig.mask;
    if (how == SIG_BLOCK)
        set |= old;
    else if (how == SIG_UNBLOCK)
        set = old & ~set;
    else if (how != SIG_SETMASK)
        return -EINVAL;
    signal_mask_set(set);
    if (!(t->sig.mask & ~old) || !signal_host_tell_now)
        return 0;
    if ((set & ALL_BLOCKED) == ALL_BLOCKED)
        signal_host_tell_later();
    else
        signal_host_tell_now();
    return 0;
}

long pith_sys_rt_sigprocmask(int how, const void *set, void *old, size_t size)
{
    struct thread *t = sched_current();
    sigset_os before = t->sig.mask;
    if (size != sizeof(sigset_os))
        return -EINVAL;
    long err = set ? change(how, set, t) : 0;
    if (!err && old)
        err = USER_PUT((sigset_os *)old, &before);
    SYS_RETURN(err);
}
