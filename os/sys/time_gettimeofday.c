/* gettimeofday(2). The time zone of the kernel is UTC. */
#include "base/uaccess.h"
#include "sched/timer.h"
#include "sys/time.h"

long pith_sys_gettimeofday(struct time_val *user, void *zone)
{
    u64 ns = time_real();
    struct time_val t = {(s64)(ns / NSEC_PER_SEC), (s64)(ns % NSEC_PER_SEC / 1000)};
    if (user && USER_PUT(user, &t))
        return -EFAULT;
    return zone ? user_zero(zone, 2 * sizeof(int)) : 0;
}
