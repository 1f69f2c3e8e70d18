/* sched_preempt of sched/sched.h. */
#include "sched/sched.h"

void sched_preempt(void)
{
    struct thread *t = sched_current();
    if (list_empty(&sched_ready) && list_empty(&sched_batch))
        return;
    t->state = THREAD_READY;
    list_add_tail(&sched_batch, &t->run);
    sched_batch_since = time_mono();
    sched_next();
}
