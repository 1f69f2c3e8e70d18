/* Clocks of the host and timers of the library OS. */
#ifndef PITH_SCHED_TIMER_H
#define PITH_SCHED_TIMER_H

#include "base/types.h"

nsec_t time_mono(void); /* CLOCK_MONOTONIC, never goes back */
nsec_t time_real(void); /* CLOCK_REALTIME */

/* A timer in a pairing heap. `fire` runs once when the time has come, not before; it must not
 * sleep, and may set or free its own timer. The owner keeps the object alive until timer_cancel
 * or fire. Zeroed memory is a timer that is not set. */
struct timer {
    nsec_t when;
    void (*fire)(struct timer *t);
    struct timer *child, *next, *prev; /* heap links */
    bool set;
};
void timer_set(struct timer *t, nsec_t when, void (*fire)(struct timer *));
void timer_cancel(struct timer *t);
/* The earliest time anything is due, or NEVER. */
nsec_t timer_next(void);
/* Sees to it that the host's alarm interrupts the guest no later than timer_next(): to be called
 * after timer_set for timers that must fire while the program computes without a call. Costs a
 * hypercall only if the alarm has to be moved forward. */
void sched_alarm_update(void);
/* Fires all that is due. */
void timer_run(nsec_t now);

#endif
