/* Timers of the program: see sys/periodic.h. */
#include "sys/periodic.h"

#include "base/uaccess.h"
#include "sched/upcall.h"

#include <linux/time.h>

#define CPU_POLL 1000000ul

static bool cpu_clock(int clock)
{
    return clock < 0 || clock == CLOCK_PROCESS_CPUTIME_ID || clock == CLOCK_THREAD_CPUTIME_ID;
}

static u64 now_on(const struct periodic *p)
{
    u64 now = 0;
    time_clock(p->clock, &now);
    return now;
}

static void fire(struct timer *t);

static void arm(struct periodic *p, u64 now)
{
    u64 left = p->when > now ? p->when - now : 0;
    if (cpu_clock(p->clock))
        left = MAX(left, CPU_POLL);
    timer_set(&p->timer, time_mono() + left, fire);
    sched_alarm_update();
}

static void fire(struct timer *t)
{
    struct periodic *p = container_of(t, struct periodic, timer);
    u64 now = now_on(p);
    if (now < p->when)
        arm(p, now);
    else
        p->expired(p);
}

void periodic_set(struct periodic *p, u64 when, u64 interval)
{
    u64 now = now_on(p);
    timer_cancel(&p->timer);
    p->when = when;
    p->interval = interval;
    sched_upcall_enable();
    if (when <= now)
        p->expired(p);
    else
        arm(p, now);
}

void periodic_stop(struct periodic *p)
{
    timer_cancel(&p->timer);
    p->when = 0;
}

/* Moves `when` past now; how many expiries that passes over. */
static u64 forward(struct periodic *p, u64 now)
{
    if (!p->when || !p->interval || now < p->when)
        return 0;
    u64 passed = (now - p->when) / p->interval + 1;
    p->when += passed * p->interval;
    return passed;
}

u64 periodic_next(struct periodic *p)
{
    u64 now = now_on(p);
    if (!p->interval) {
        periodic_stop(p);
        return 1;
    }
    u64 passed = forward(p, now);
    arm(p, now);
    return MAX(passed, 1ul);
}

void periodic_get(struct periodic *p, struct time_ispec *out)
{
    u64 now = now_on(p), when = p->when;
    if (when && p->interval && now >= when)
        when += ((now - when) / p->interval + 1) * p->interval;
    out->interval = time_to_spec(when ? p->interval : 0);
    out->value = time_to_spec(when > now ? when - now : 0);
}

void periodic_check(struct periodic *p)
{
    if (p->timer.set && now_on(p) >= p->when) {
        timer_cancel(&p->timer);
        p->expired(p);
    }
}

int periodic_clock(int clock)
{
    u64 ns;
    if (time_clock(clock, &ns))
        return -EINVAL;
    bool no = clock == CLOCK_MONOTONIC_RAW || clock == CLOCK_REALTIME_COARSE ||
              clock == CLOCK_MONOTONIC_COARSE;
    return no ? -EOPNOTSUPP : 0;
}

int periodic_import(const struct time_ispec *user, int clock, bool absolute, u64 *when,
                    u64 *interval)
{
    struct time_ispec t;
    u64 now = 0;
    if (USER_GET(&t, user))
        return -EFAULT;
    if (time_from_spec(&t.value, when) || time_from_spec(&t.interval, interval))
        return -EINVAL;
    time_clock(clock, &now);
    if (*when && !absolute)
        *when += now;
    return 0;
}
