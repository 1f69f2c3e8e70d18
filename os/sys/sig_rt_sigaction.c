/* rt_sigaction(2). Links all that handlers need. SA_RESTORER is kept but means nothing: handlers
 * return into the library OS. */
#include "base/uaccess.h"
#include "sys/sig.h"

#define FLAGS                                                                                      \
    (SA_NOCLDSTOP | SA_NOCLDWAIT | SA_SIGINFO | SA_ONSTACK | SA_RESTART | SA_NODEFER |             \
     SA_RESETHAND | SA_RESTORER)

static long change(int signal, const void *act, struct signal_action *old)
{
    struct signal_action new;
    if (act && USER_GET(&new, (const struct signal_action *)act))
        return -EFAULT;
    if (!sig_valid(signal) || (act && SIG_BIT(signal) & SIG_UNBLOCKABLE))
        return -EINVAL;
    struct signal_action *now = signal_action(signal);
    *old = *now;
    if (!act)
        return 0;
    new.flags &= FLAGS;
    new.mask &= ~SIG_UNBLOCKABLE;
    *now = new;
    if (new.handler == SIGNAL_IGN ||
        (new.handler == SIGNAL_DFL &&signal_default(signal) == SIGNAL_NOTHING))
        signal_drop(SIG_BIT(signal));
    if (new.handler > SIGNAL_IGN)
        signal_handlers_enable();
    if (new.handler != old->handler)
        signal_host_tell();
    return 0;
}

long pith_sys_rt_sigaction(int signal, const void *act, void *old, size_t size)
{
    struct signal_action before;
    if (size != sizeof(sigset_os))
        return -EINVAL;
    long err = change(signal, act, &before);
    if (err || !old)
        return err;
    return USER_PUT((struct signal_action *)old, &before);
}
