/* rt_sigtimedwait(2): sigwait, sigwaitinfo, sigtimedwait. Never made again after a handler. */
#include "base/uaccess.h"
#include "sys/sig.h"
#include "sys/time.h"

static int wait(sigset_os set, nsec_t deadline, siginfo_t *info)
{
    struct thread *t = sched_current();
    for (int err = 0;;) {
        int signal = signal_take(set, info);
        if (signal)
            return signal;
        if (err == -EINTR || deadline == 0)
            return err ? err : -EAGAIN;
        if (err == -ETIMEDOUT)
            return -EAGAIN;
        t->sig.waiting = set;
        signal_host_tell();
        err = sched_sleep(deadline, true);
        t->sig.waiting = 0;
        signal_recalc(t);
    }
}

static long timed_wait(const void *user_set, void *user_info, const void *timeout, size_t size)
{
    sigset_os set;
    struct time_spec limit;
    siginfo_t info;
    u64 ns = 0;
    if (size != sizeof(set))
        return -EINVAL;
    if (USER_GET(&set, (const sigset_os *)user_set))
        return -EFAULT;
    if (timeout && USER_GET(&limit, (const struct time_spec *)timeout))
        return -EFAULT;
    if (timeout && time_from_spec(&limit, &ns))
        return -EINVAL;
    nsec_t deadline = !timeout ? NEVER : ns ? time_mono() + ns : 0;
    int signal = wait(set & ~SIG_UNBLOCKABLE, deadline, &info);
    if (signal > 0 && user_info && USER_PUT((siginfo_t *)user_info, &info))
        return -EFAULT;
    return signal;
}

long pith_sys_rt_sigtimedwait(const void *set, void *info, const void *timeout, size_t size)
{
    SYS_RETURN(timed_wait(set, info, timeout, size));
}
