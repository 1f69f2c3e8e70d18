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
#include "sched/account.h"
#include "sys/time.h"

#include <linux/time.h>

#define ASK_AGAIN 10000000ul

/* The host also knows what it did for the guest, but asking costs a hypercall: between two
 * questions, at least 10 ms apart, the guest's own count goes on from the answer. Never less than
 * the threads' clocks together; never goes back. */
u64 time_cpu_process(void)
{
    static u64 base, base_count, last;
    static nsec_t asked;
    u64 count;
    nsec_t now = time_mono();
    bool counted = sched_cpu_all(&count) == 0;
    if (!counted || !asked || now - asked >= ASK_AGAIN) {
        u64 answer = (u64)host_call(PITH_HC_CPUTIME, 0, 0, 0, 0);
        base = counted ? MAX(answer, count) : answer;
        base_count = count;
        asked = now;
    }
    last = MAX(last, base + (count - base_count));
    return last;
}

static u64 cpu_thread(const struct thread *t)
{
    u64 ns;
    return sched_cpu_thread(t, &ns) == 0 ? ns : time_cpu_process();
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
