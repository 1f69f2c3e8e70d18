/* CPU time: who ran how long. Linked by the calls that tell it; programs that make none of them
 * switch without reading the clock. Where the host's clock page cannot be used nothing is
 * counted (a hypercall a switch would cost more than it tells). What the host took away while a
 * thread ran counts as the thread's, as in any virtual machine that is not told. */
#ifndef PITH_SCHED_ACCOUNT_H
#define PITH_SCHED_ACCOUNT_H

#include "sched/thread.h"

/* The time since the last call was t's; t = 0: nobody's, the guest waited for the host. */
void sched_account(struct thread *t) WEAK;
/* In ns; -ENOSYS if nothing is counted. */
int sched_cpu_thread(const struct thread *t, u64 *ns);
/* Of all threads, those that ended too. */
int sched_cpu_all(u64 *ns);

#endif
