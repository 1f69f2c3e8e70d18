/* Blocked signals of a thread, and the temporary masks of ppoll, pselect6, epoll_pwait.
 *
 * A call with a temporary mask is written so:
 *
 *     static long ppoll_once(..., const void *set, size_t size)
 *     {
 *         int err = signal_mask_push(set, size);
 *         if (err)
 *             return err;
 *         return signal_mask_pop(do_poll(...));
 *     }
 *     ... SYS_RETURN(ppoll_once(...));
 *
 * The wait inside sees a signal that only the new mask lets through at once (sched_sleep says
 * -EINTR, signal_interrupts() says true before). Where the call ends with -EINTR because of it,
 * the handler runs under the new mask, and the old one comes back when the handler returns;
 * otherwise signal_mask_pop brings it back.
 */
#ifndef PITH_SIGNAL_MASK_H
#define PITH_SIGNAL_MASK_H

#include "sched/thread.h"

#define SIG_BIT(n) (1ull << ((n)-1))
#define SIG_COUNT 64
/* SIGKILL and SIGSTOP are never blocked. */
#define SIG_UNBLOCKABLE (SIG_BIT(9) | SIG_BIT(19))

/* Replaces the mask of the current thread. A signal that this lets through is ready afterwards
 * (its handler runs where the system call ends), or acts at once if that is its default. */
void signal_mask_set(sigset_os mask);

/* Of os/signal/send.c, absent where nothing can be pending: the mask of t was `old`. */
void signal_mask_changed(struct thread *t, sigset_os old) WEAK;

/* The program's set (8 bytes) becomes the mask; 0 = none given: nothing happens. 0, -EINVAL (size
 * is not 8) or -EFAULT. */
int signal_mask_push(const void *user, size_t size);
/* Ends what signal_mask_push began; returns ret. Harmless without it. */
long signal_mask_pop(long ret);

/* A handler is due in the current thread: a wait should not begin (poll with a timeout of 0 too
 * says -EINTR if it found nothing). */
static inline bool signal_interrupts(void)
{
    return sched_current()->sig_ready;
}

#endif
