/* gettid (Linux gettid(2)). */
#include "sched/thread.h"
#include "sys/thread.h"

long pith_sys_gettid(void)
{
    return sched_current()->tid;
}
