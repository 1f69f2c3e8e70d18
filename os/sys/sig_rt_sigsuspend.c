/* rt_sigsuspend(2): ends only with a handler, hence always with EINTR. */
#include "base/uaccess.h"
#include "sys/sig.h"

static long suspend(const void *set, size_t size)
{
    sigset_os probe;
    if (size == sizeof(probe) && USER_GET(&probe, (const sigset_os *)set))
        return -EFAULT;
    int err = size == sizeof(probe) ? signal_mask_push(set, size) : -EINVAL;
    if (err)
        return err;
    if (signal_host_tell_now)
        signal_host_tell_now();
    while (!signal_interrupts())
        sched_sleep(NEVER, true);
    return signal_mask_pop(-EINTR);
}

long pith_sys_rt_sigsuspend(const void *set, size_t size)
{
    SYS_RETURN(suspend(set, size));
}
