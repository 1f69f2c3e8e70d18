/* sigaltstack(2). */
#include "base/uaccess.h"
#include "sys/sig.h"

static long change(const void *user, struct thread *t, bool on)
{
    stack_t s;
    if (USER_GET(&s, (const stack_t *)user))
        return -EFAULT;
    unsigned flags = (unsigned)s.ss_flags, mode = flags & ~(unsigned)SS_AUTODISARM;
    if (on)
        return -EPERM;
    if (mode != SS_DISABLE && mode != SS_ONSTACK && mode != 0)
        return -EINVAL;
    if (mode == SS_DISABLE) {
        s.ss_sp = NULL;
        s.ss_size = 0;
    } else if (s.ss_size < MINSIGSTKSZ) {
        return -ENOMEM;
    }
    t->sig.alt_sp = (u64)s.ss_sp;
    t->sig.alt_size = s.ss_size;
    t->sig.alt_flags = flags & (unsigned)SS_AUTODISARM;
    return 0;
}

long pith_sys_sigaltstack(const void *stack, void *old)
{
    struct thread *t = sched_current();
    bool on = signal_on_alt(t, (u64)__builtin_frame_address(0));
    stack_t before = {(void *)t->sig.alt_sp, (int)t->sig.alt_flags, t->sig.alt_size};
    before.ss_flags |= !t->sig.alt_size ? SS_DISABLE : on ? SS_ONSTACK : 0;
    long err = stack ? change(stack, t, on) : 0;
    if (!err && old)
        err = USER_PUT((stack_t *)old, &before);
    return err;
}
