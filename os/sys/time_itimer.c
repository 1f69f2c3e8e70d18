/* setitimer(2), getitimer(2), alarm(2). ITIMER_VIRTUAL counts all CPU time: there is no kernel
 * whose share could be left out. */
#include "base/string.h"
#include "base/uaccess.h"
#include "signal/core.h"
#include "sys/periodic.h"
#include "sys/restart.h"

#include <linux/time.h>

static const u8 signals[] = {SIGALRM, SIGVTALRM, SIGPROF};
static struct periodic timers[ARRAY_SIZE(signals)];

static void expired(struct periodic *p)
{
    int signal = signals[p - timers];
    periodic_next(p);
    siginfo_t info;
    memset(&info, 0, sizeof(info));
    info.si_signo = signal;
    info.si_code = SI_KERNEL;
    signal_send_info(NULL, &info);
}

static void get(struct periodic *p, struct time_ival *out)
{
    struct time_ispec t;
    periodic_get(p, &t);
    /* One that is set never says 0. */
    if (p->when && !t.value.sec && t.value.nsec < 1000)
        t.value.nsec = 1000;
    *out = (struct time_ival){{t.interval.sec, t.interval.nsec / 1000},
                              {t.value.sec, t.value.nsec / 1000}};
}

static void set(int which, u64 value, u64 interval)
{
    struct periodic *p = &timers[which];
    u64 now = 0;
    p->clock = which == ITIMER_REAL ? CLOCK_MONOTONIC : CLOCK_PROCESS_CPUTIME_ID;
    p->expired = expired;
    periodic_stop(p);
    time_clock(p->clock, &now);
    if (value)
        periodic_set(p, now + value, interval);
}

static int from_val(const struct time_val *t, u64 *ns)
{
    struct time_spec s = {t->sec, t->usec * 1000};
    return (u64)t->usec >= 1000000 ? -EINVAL : time_from_spec(&s, ns);
}

static long set_itimer(int which, const struct time_ival *value, struct time_ival *old)
{
    struct time_ival new = {0}, before;
    u64 first, interval;
    if (value && USER_GET(&new, value))
        return -EFAULT;
    if (from_val(&new.value, &first) || from_val(&new.interval, &interval))
        return -EINVAL;
    if ((unsigned)which >= ARRAY_SIZE(timers))
        return -EINVAL;
    get(&timers[which], &before);
    set(which, first, interval);
    return old ? USER_PUT(old, &before) : 0;
}

long pith_sys_setitimer(int which, const struct time_ival *value, struct time_ival *old)
{
    SYS_RETURN(set_itimer(which, value, old));
}

long pith_sys_getitimer(int which, struct time_ival *user)
{
    struct time_ival now;
    if ((unsigned)which >= ARRAY_SIZE(timers))
        return -EINVAL;
    get(&timers[which], &now);
    return USER_PUT(user, &now);
}

/* The rest of the alarm before, in seconds, rounded, but not to 0. */
long pith_sys_alarm(unsigned seconds)
{
    struct time_ival before;
    get(&timers[ITIMER_REAL], &before);
    set(ITIMER_REAL, seconds * NSEC_PER_SEC, 0);
    struct time_val *t = &before.value;
    return t->sec + ((!t->sec && t->usec) || t->usec >= 500000);
}
