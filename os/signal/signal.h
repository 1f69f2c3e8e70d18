/* Signals: what other rooms may ask of os/signal. Sending from code that must not pull os/signal
 * into a program that never handles a signal goes through the weak functions here: if they are
 * absent, the default action of the signal is taken (sig_send_or_die). */
#ifndef PITH_SIGNAL_SIGNAL_H
#define PITH_SIGNAL_SIGNAL_H

#include "base/host.h"
#include "sched/thread.h"

/* Sends a signal to the process (t = 0) or a thread; code is an SI_ value or a fault's code, addr
 * si_addr or 0, value the sigval. 0 or -EAGAIN. Never sleeps, never runs a handler itself. */
int signal_send(struct thread *t, int signal, int code, u64 addr, u64 value) WEAK;

/* A fault of the current thread that no mapping explains: builds a frame for the handler in
 * *regs (which the fault path then resumes), or ends the guest by default action. */
void signal_fault(int signal, int code, u64 addr, struct pith_regs *regs) WEAK;

/* Host signals arrived (vcpu->signals) or a timer made one: called at upcalls and after waits. */
void signal_from_host(void) WEAK;
/* At the end of an upcall: if a signal is ready for the current thread, builds a frame so that
 * its handler runs when *regs is resumed. */
void signal_upcall(struct pith_regs *regs) WEAK;

/* A thread has ended: what is queued for it is freed. */
void signal_thread_gone(struct thread *t) WEAK;

/* For SIGPIPE, SIGXFSZ, ... : sends it. Where os/signal is not linked nobody can have a handler or
 * look for it: dies of it, or nothing if it is blocked. */
static inline void signal_send_or_die(int signal)
{
    if (signal_send)
        signal_send(sched_current(), signal, 0 /* SI_USER */, 0, 0);
    else if (!(sched_current()->sig.mask & 1ull << (signal - 1)))
        host_die(signal, 0, 0);
}

#endif
