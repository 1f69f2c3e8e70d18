/* How a system call that can sleep ends: where signal handlers of the program run.
 *
 * Inside the call, a wait that a signal ended returns -ERESTARTSYS (the call is made again if
 * the handler was installed with SA_RESTART, as read, write, wait, futex, ...) or -EINTR (never
 * made again: poll, select, epoll_wait, nanosleep, sigsuspend, ...). The outermost function,
 * the pith_sys_* itself, ends with one of these. Handlers may leave by longjmp: hold nothing.
 */
#ifndef PITH_SYS_RESTART_H
#define PITH_SYS_RESTART_H

#include "base/host.h"
#include "sched/thread.h"

#define ERESTARTSYS 512

/* Of os/signal; absent (0) in a program that reaches no signal call. Runs all handlers that are
 * due; true if a call that they interrupted is to be made again. */
bool signal_deliver(void) WEAK;

#define SYS_RETURN(expr)                                                                           \
    do {                                                                                           \
        for (;;) {                                                                                 \
            long ret_ = (expr);                                                                    \
            bool again_ = true;                                                                    \
            if (unlikely(host_vcpu()->pending))                                                    \
                sched_pending();                                                                   \
            if (unlikely(sched_current()->sig_ready) && signal_deliver)                            \
                again_ = signal_deliver();                                                         \
            if (ret_ != -ERESTARTSYS)                                                              \
                return ret_;                                                                       \
            if (!again_)                                                                           \
                return -EINTR;                                                                     \
        }                                                                                          \
    } while (0)

#endif
