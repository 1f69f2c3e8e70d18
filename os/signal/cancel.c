/* Cancellation points: see third_party/musl/README.md. */
#include "signal/core.h"

long pith_cancel_enter(void);
void pith_cancel_leave(long old);

long pith_cancel_enter(void)
{
    struct thread *t = sched_current();
    long old = t->sig.cancel;
    t->sig.cancel = true;
    signal_recalc(t);
    return old;
}

void pith_cancel_leave(long old)
{
    struct thread *t = sched_current();
    t->sig.cancel = old;
    signal_recalc(t);
}
