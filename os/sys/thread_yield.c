/* sched_yield (Linux sched_yield(2)). */
#include "sys/restart.h"
#include "sys/thread.h"

static long yield(void)
{
    sched_yield();
    return 0;
}

long pith_sys_sched_yield(void)
{
    SYS_RETURN(yield());
}
