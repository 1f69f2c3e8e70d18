/* sched_yield of sched/thread.h. */
#include "base/host.h"
#include "sched/sched.h"

void sched_yield(void)
{
    struct thread *t = sched_current();
    if (list_empty(&sched_ready) && list_empty(&sched_batch))
        return;
    t->state = THREAD_READY;
    list_add_tail(&sched_ready, &t->run);
    sched_next();
}
