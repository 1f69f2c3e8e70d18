/* times(2): in ticks of 10 ms. All CPU time is the program's own. */
#include "base/uaccess.h"
#include "sched/timer.h"
#include "sys/time.h"

#include <linux/times.h>

#define TICK 10000000ul

long pith_sys_times(void *user)
{
    struct tms t = {.tms_utime = (long)(time_cpu_process() / TICK)};
    if (user && USER_PUT((struct tms *)user, &t))
        return -EFAULT;
    return (long)(time_mono() / TICK);
}
