/* timer_settime(2). */
#include "base/uaccess.h"
#include "sys/restart.h"
#include "sys/time_posix_timer.h"

#include <linux/time.h>

static long set(int id, int flags, const struct time_ispec *value, struct time_ispec *old)
{
    struct posix_timer *t = posix_timer(id);
    struct time_ispec before;
    u64 when, interval;
    if (!value)
        return -EINVAL;
    int err = periodic_import(value, t ? t->periodic.clock : CLOCK_MONOTONIC, flags & TIMER_ABSTIME,
                              &when, &interval);
    if (err || !t)
        return err ? err : -EINVAL;
    periodic_get(&t->periodic, &before);
    periodic_stop(&t->periodic);
    t->overrun = 0;
    t->periodic.interval = interval;
    if (when)
        periodic_set(&t->periodic, when, interval);
    return old ? USER_PUT(old, &before) : 0;
}

long pith_sys_timer_settime(int id, int flags, const struct time_ispec *value,
                            struct time_ispec *old)
{
    SYS_RETURN(set(id, flags, value, old));
}
