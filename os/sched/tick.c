/* The quantum's alarm: linked with the first thread (sys/thread_clone.c). It is set when
 * one of several threads runs and left alone until it fires, so switching costs no hypercalls: at
 * most a hundred alarms a second. */
#include "base/host.h"
#include "sched/sched.h"

void sched_tick_arm(void)
{
    nsec_t when = time_mono() + SCHED_QUANTUM;
    sched_tick = true;
    if (when >= sched_alarm)
        return;
    sched_alarm = when;
    host_call(PITH_HC_TIMER, (long)when, 0, 0, 0);
}
