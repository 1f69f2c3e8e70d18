/* Wait queues: see sched/thread.h. */
#include "sched/thread.h"

void waitq_add(struct waitq *q, struct waiter *w)
{
    if (w->exclusive)
        list_add_tail(&q->waiters, &w->node);
    else
        list_add(&q->waiters, &w->node);
}

void waitq_wake(struct waitq *q, u32 events)
{
    list_foreach_safe(it, &q->waiters)
    {
        struct waiter *w = list_entry(it, struct waiter, node);
        bool exclusive = w->exclusive;
        if (w->wake(w, events) && exclusive)
            break;
    }
}

bool waiter_thread(struct waiter *w, u32 events)
{
    bool slept = w->thread->state == THREAD_SLEEPING;
    (void)events;
    sched_wake(w->thread);
    return slept;
}

int waitq_sleep(struct waitq *q, nsec_t deadline)
{
    struct waiter w = {.wake = waiter_thread, .thread = sched_current()};
    waitq_add(q, &w);
    int r = sched_sleep(deadline, true);
    waitq_del(&w);
    return r;
}
