/* Reading the clocks that are neither CLOCK_MONOTONIC nor CLOCK_REALTIME: see sys/time.h.
 *
 * The guest does not suspend, so CLOCK_BOOTTIME is CLOCK_MONOTONIC; the host's clock is not
 * steered from here, so CLOCK_MONOTONIC_RAW is too; no leap second table is known, so CLOCK_TAI
 * is CLOCK_REALTIME, as on a Linux host that nobody told the offset.
 *
 * A clock of a process or thread is ~id << 3 | 4 (if a thread's) | 0..2 (profiling, virtual,
 * scheduler time): <linux/posix-timers.h>. id 0 means the caller.
 */
#include "base/host.h"
#include "sched/thread.h"
#include "sys/time.h"

#include <linux/time.h>

u64 time_cpu_process(void)
{
    return (u64)host_call(PITH_HC_CPUTIME, 0, 0, 0, 0);
}

static u64 cpu_thread(const struct thread *t)
{
    return t->cpu_ns + (t == sched_current() ? time_mono() - t->cpu_since : 0);
}

static int cpu_clock(int clock, u64 *ns)
{
    int id = ~(clock >> 3);
    if ((clock & 3) == 3)
        return -EINVAL;
    if (!(clock & 4)) {
        if (id && (unsigned)id != host_boot->pid)
            return -EINVAL;
        *ns = time_cpu_process();
        return 0;
    }
    const struct thread *t = id ? sched_find(id) : sched_current();
    if (!t)
        return -EINVAL;
    *ns = cpu_thread(t);
    return 0;
}

int time_clock(int clock, u64 *ns)
{
    switch (clock) {
    case CLOCK_REALTIME:
    case CLOCK_REALTIME_COARSE:
    case CLOCK_REALTIME_ALARM:
    case CLOCK_TAI:
        *ns = time_real();
        return 0;
    case CLOCK_MONOTONIC:
    case CLOCK_MONOTONIC_RAW:
    case CLOCK_MONOTONIC_COARSE:
    case CLOCK_BOOTTIME:
    case CLOCK_BOOTTIME_ALARM:
        *ns = time_mono();
        return 0;
    case CLOCK_PROCESS_CPUTIME_ID:
        *ns = time_cpu_process();
        return 0;
    case CLOCK_THREAD_CPUTIME_ID:
        *ns = cpu_thread(sched_current());
        return 0;
    default:
        return clock < 0 ? cpu_clock(clock, ns) : -EINVAL;
    }
}
