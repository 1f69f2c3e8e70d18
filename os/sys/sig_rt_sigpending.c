/* rt_sigpending(2). */
#include "base/uaccess.h"
#include "sys/sig.h"

long pith_sys_rt_sigpending(void *user, size_t size)
{
    struct thread *t = sched_current();
    sigset_os set = signal_pending(t) & t->sig.mask;
    return size > sizeof(set) ? -EINVAL : user_copy(user, &set, size);
}
