/* Reading the host's clocks: the shared clock page with rdtsc where it is usable, else a call.
 * Monotonic time never goes back here even when the host corrects the page. */
#include "base/host.h"
#include "sched/timer.h"

static nsec_t read_page(const struct pith_clock *c, s64 *real_offset)
{
    for (;;) {
        u32 seq = __atomic_load_n(&c->seq, __ATOMIC_ACQUIRE);
        u64 tsc = __builtin_ia32_rdtsc();
        u64 delta = tsc > c->tsc0 ? tsc - c->tsc0 : 0;
        nsec_t mono = c->mono_ns + (nsec_t)(((unsigned __int128)delta * c->mult) >> c->shift);
        *real_offset = c->real_offset;
        __atomic_thread_fence(__ATOMIC_ACQUIRE);
        if (!(seq & 1) && seq == __atomic_load_n(&c->seq, __ATOMIC_RELAXED))
            return mono;
    }
}

static nsec_t mono_and_offset(s64 *real_offset)
{
    static nsec_t last;
    nsec_t now = read_page((const struct pith_clock *)host_boot->clock, real_offset);
    if (now < last)
        now = last;
    last = now;
    return now;
}

nsec_t time_mono(void)
{
    s64 offset;
    const struct pith_clock *c = (const struct pith_clock *)host_boot->clock;
    return c->usable ? mono_and_offset(&offset) : (nsec_t)host_call(PITH_HC_CLOCK, 0, 0, 0, 0);
}

nsec_t time_real(void)
{
    s64 offset;
    const struct pith_clock *c = (const struct pith_clock *)host_boot->clock;
    if (!c->usable)
        return (nsec_t)host_call(PITH_HC_CLOCK, 1, 0, 0, 0);
    nsec_t mono = mono_and_offset(&offset);
    return mono + (nsec_t)offset;
}
