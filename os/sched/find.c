/* sched_find of sched/thread.h: threads by number. */
#include "sched/thread.h"

struct thread *sched_find(int tid)
{
    if (tid == sched_current()->tid)
        return sched_current();
    list_foreach(it, &sched_threads)
    {
        struct thread *t = list_entry(it, struct thread, all);
        if (t->tid == tid)
            return t;
    }
    return NULL;
}
