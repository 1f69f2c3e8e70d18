/* time(2). */
#include "base/uaccess.h"
#include "sched/timer.h"
#include "sys/time.h"

long pith_sys_time(s64 *user)
{
    s64 now = (s64)(time_real() / NSEC_PER_SEC);
    if (user && USER_PUT(user, &now))
        return -EFAULT;
    return now;
}
