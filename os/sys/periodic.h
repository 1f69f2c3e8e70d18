/* A timer of the program on any of its clocks, once or again and again: what setitimer, POSIX
 * timers and timerfd are made of.
 *
 * A clock of CPU time is followed by looking again when its rest has passed on the wall, at most
 * every millisecond. The clock of the wall is looked at again when it is due, in case it was set
 * back.
 */
#ifndef PITH_SYS_PERIODIC_H
#define PITH_SYS_PERIODIC_H

#include "sched/timer.h"
#include "sys/time.h"

struct periodic {
    struct timer timer;
    int clock;
    u64 when;     /* next expiry on the clock, 0 = not set */
    u64 interval; /* 0 = once */
    /* Has expired; must not sleep. `when` is still that expiry: call periodic_next, now or later,
     * to go on. */
    void (*expired)(struct periodic *p);
};

/* Sets it to expire at `when` on its clock (not 0); at once, if that has passed. */
void periodic_set(struct periodic *p, u64 when, u64 interval);
void periodic_stop(struct periodic *p);
/* After an expiry: sets the next one that lies in the future, or stops if it is not periodic.
 * Returns how many expiries that were due are now behind (1 = no overrun). */
u64 periodic_next(struct periodic *p);
/* Time left until the next expiry that lies in the future, 0 if there is none; and the interval. */
void periodic_get(struct periodic *p, struct time_ispec *out);
/* Lets an expiry that is due happen now (for who looks before the host's alarm came). */
void periodic_check(struct periodic *p);

/* Can this clock be waited for: 0, -EINVAL or -EOPNOTSUPP. */
int periodic_clock(int clock);
/* A checked copy of the program's struct itimerspec with when = 0 for "stop"; `absolute`:
 * TIMER_ABSTIME. 0, -EFAULT, -EINVAL. */
int periodic_import(const struct time_ispec *user, int clock, bool absolute, u64 *when,
                    u64 *interval);

#endif
