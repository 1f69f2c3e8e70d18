/* clock_settime(2), settimeofday(2): the clock is the host's, a guest may not set it. */
#include "base/uaccess.h"
#include "sys/time.h"

#include <linux/time.h>

long pith_sys_clock_settime(int clock, const struct time_spec *user)
{
    struct time_spec t;
    u64 ns;
    int err = time_clock(clock, &ns);
    if (err)
        return err;
    if (USER_GET(&t, user))
        return -EFAULT;
    if (clock != CLOCK_REALTIME || time_from_spec(&t, &ns))
        return -EINVAL;
    return -EPERM;
}

long pith_sys_settimeofday(const struct time_val *user, const void *zone)
{
    struct time_val t;
    int z[2];
    if (user && USER_GET(&t, user))
        return -EFAULT;
    if (user && (t.sec < 0 || (u64)t.usec >= 1000000))
        return -EINVAL;
    if (zone && USER_GET(&z, (const int(*)[2])zone))
        return -EFAULT;
    return -EPERM;
}
