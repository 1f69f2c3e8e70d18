/* Temporary masks: see signal/mask.h. */
#include "base/uaccess.h"
#include "signal/mask.h"
#include "sys/restart.h"

int signal_mask_push(const void *user, size_t size)
{
    if (!user)
        return 0;
    sigset_os set;
    if (size != sizeof(set))
        return -EINVAL;
    if (USER_GET(&set, (const sigset_os *)user))
        return -EFAULT;
    struct thread_signal *s = &sched_current()->sig;
    s->saved = s->mask;
    s->restore = true;
    signal_mask_set(set);
    return 0;
}

long signal_mask_pop(long ret)
{
    struct thread *t = sched_current();
    bool handler = (ret == -EINTR || ret == -ERESTARTSYS) && t->sig_ready;
    if (t->sig.restore && !handler) {
        t->sig.restore = false;
        signal_mask_set(t->sig.saved);
    }
    return ret;
}
