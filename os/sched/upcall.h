/* Preemption: how the host's ticks and signals reach a program that computes.
 *
 * Programs that can have two threads or catch signals call sched_upcall_enable; the rest link
 * none of this, and the host never enters them.
 */
#ifndef PITH_SCHED_UPCALL_H
#define PITH_SCHED_UPCALL_H

#include "sched/thread.h"

void sched_upcall_enable(void);
/* Frees what a thread that ends had for it. */
void sched_upcall_free(struct thread *t) WEAK;

/* The FPU state of the current thread's interrupted code (arch_fpu_size() bytes); valid from
 * signal_upcall until it returns, and changes there are loaded. */
static inline void *sched_upcall_fpu(void)
{
    return sched_current()->fpu;
}

#endif
