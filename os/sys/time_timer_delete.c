/* timer_delete(2). */
#include "mem/alloc.h"
#include "sys/time_posix_timer.h"

long pith_sys_timer_delete(int id)
{
    struct posix_timer *t = posix_timer(id);
    if (!t)
        return -EINVAL;
    periodic_stop(&t->periodic);
    signal_unsend(&t->entry);
    posix_timer_forget(id);
    mem_free(t);
    return 0;
}
