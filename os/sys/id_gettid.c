/* gettid(2). */
#include "sched/thread.h"
#include "sys/id.h"

long pith_sys_gettid(void)
{
    return sched_current()->tid;
}
