/* Threads as targets of a signal: see sys/sig.h. */
#include "sys/sig.h"

struct thread *sig_thread(int pid, int tid, int *err)
{
    struct thread *t = sched_find(tid);
    *err = -ESRCH;
    if (pid && (unsigned)pid != host_boot->pid)
        return NULL;
    return t && t->state != THREAD_DEAD ? t : NULL;
}
