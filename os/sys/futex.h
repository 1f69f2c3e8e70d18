/* What the end of a thread does to futexes. */
#ifndef PITH_SYS_FUTEX_H
#define PITH_SYS_FUTEX_H

#include "sched/thread.h"

/* Clears and wakes clear_tid, marks the robust locks the thread still holds (FUTEX_OWNER_DIED). */
void futex_release(struct thread *t);
/* Wakes at most n waiters on addr whose bitset meets `bits`; how many. */
int futex_wake(u32 *addr, int n, u32 bits) WEAK;

#endif
