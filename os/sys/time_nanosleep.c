/* nanosleep(2), clock_nanosleep(2). Ends early only with a handler; never made again. */
#include "base/uaccess.h"
#include "sched/thread.h"
#include "sys/restart.h"
#include "sys/time.h"

#include <linux/time.h>

/* Sleeps until the monotonic clock says `deadline`: 0 or -EINTR. */
static int sleep_until(nsec_t deadline)
{
    for (;;) {
        int err = sched_sleep(deadline, true);
        if (err == -EINTR)
            return err;
        if (err == -ETIMEDOUT || time_mono() >= deadline)
            return 0;
    }
}

/* CPU time runs at most as fast as the clock on the wall, so sleeping the rest is never too
 * long; it is done again, not faster than every millisecond, until nothing is left. */
static int sleep_cpu(int clock, u64 target)
{
    for (;;) {
        u64 now = 0;
        int err = time_clock(clock, &now);
        if (err || now >= target)
            return err;
        err = sleep_until(time_mono() + MAX(target - now, 1000000ul));
        if (err)
            return err;
    }
}

static bool cpu_clock(int clock)
{
    return clock < 0 || clock == CLOCK_PROCESS_CPUTIME_ID;
}

static int supported(int clock)
{
    u64 ns;
    int err = time_clock(clock, &ns);
    if (err || clock == CLOCK_THREAD_CPUTIME_ID)
        return -EINVAL;
    bool no = clock == CLOCK_MONOTONIC_RAW || clock == CLOCK_REALTIME_COARSE ||
              clock == CLOCK_MONOTONIC_COARSE;
    return no ? -EOPNOTSUPP : 0;
}

static long sleep(int clock, int flags, const struct time_spec *user, struct time_spec *user_left)
{
    struct time_spec t;
    u64 want, now = 0;
    bool absolute = flags & TIMER_ABSTIME;
    int err = supported(clock);
    if (err)
        return err;
    if (USER_GET(&t, user))
        return -EFAULT;
    if (time_from_spec(&t, &want))
        return -EINVAL;
    time_clock(clock, &now);
    u64 end = absolute ? want : now + want;
    if (absolute && now >= end)
        return 0;
    if (cpu_clock(clock))
        err = sleep_cpu(clock, end);
    else
        err = sleep_until(time_mono() + (end - now));
    if (err != -EINTR || absolute || !user_left)
        return err;
    time_clock(clock, &now);
    t = time_to_spec(end > now ? end - now : 0);
    return USER_PUT(user_left, &t) ? -EFAULT : -EINTR;
}

long pith_sys_clock_nanosleep(int clock, int flags, const struct time_spec *want,
                              struct time_spec *left)
{
    SYS_RETURN(sleep(clock, flags, want, left));
}

long pith_sys_nanosleep(const struct time_spec *want, struct time_spec *left)
{
    SYS_RETURN(sleep(CLOCK_MONOTONIC, 0, want, left));
}
