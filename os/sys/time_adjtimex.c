/* adjtimex(2), clock_adjtime(2): reading says that nobody synchronizes this clock; steering it
 * is the host's. */
#include "base/string.h"
#include "base/uaccess.h"
#include "sched/timer.h"
#include "sys/time.h"

#include <linux/time.h>
#include <linux/timex.h>

long pith_sys_adjtimex(void *user)
{
    struct timex tx;
    if (USER_GET(&tx, (struct timex *)user))
        return -EFAULT;
    if (tx.modes && tx.modes != ADJ_OFFSET_SS_READ)
        return -EPERM;
    u64 now = time_real();
    memset(&tx, 0, sizeof(tx));
    tx.maxerror = tx.esterror = 16000000; /* microseconds: Linux's NTP_PHASE_LIMIT */
    tx.status = STA_UNSYNC;
    tx.constant = 2;
    tx.precision = 1;
    tx.tolerance = 500 << 16; /* ppm, scaled */
    tx.tick = 10000;
    tx.time.tv_sec = (s64)(now / NSEC_PER_SEC);
    tx.time.tv_usec = (s64)(now % NSEC_PER_SEC / 1000);
    return USER_PUT((struct timex *)user, &tx) ? -EFAULT : TIME_ERROR;
}

long pith_sys_clock_adjtime(int clock, void *user)
{
    u64 ns;
    if (clock == CLOCK_REALTIME)
        return pith_sys_adjtimex(user);
    return time_clock(clock, &ns) ? -EINVAL : -EOPNOTSUPP;
}
