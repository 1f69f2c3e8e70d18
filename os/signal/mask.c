/* The mask of blocked signals: see signal/mask.h. All that a program needs which blocks signals
 * but has nobody to send them. */
#include "signal/mask.h"

void signal_mask_set(sigset_os mask)
{
    struct thread *t = sched_current();
    sigset_os old = t->sig.mask;
    t->sig.mask = mask & ~SIG_UNBLOCKABLE;
    if (signal_mask_changed && t->sig.mask != old)
        signal_mask_changed(t, old);
}
