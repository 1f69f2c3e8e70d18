/* CPU time of threads: see sched/account.h. */
#include "sched/account.h"

#include "base/host.h"

static u64 since; /* time stamp counter at the last call; 0: counting has not begun */
static u64 all;

static bool counted(void)
{
    return ((const struct pith_clock *)host_boot->clock)->usable;
}

/* The host publishes its clock some milliseconds after the start: what was before is told by the
 * host and goes to the first thread. */
static void begin(void)
{
    since = __builtin_ia32_rdtsc();
    all = (u64)host_call(PITH_HC_CPUTIME, 0, 0, 0, 0);
    sched_main.cpu_ns += all;
}

/* ns since then; moves it to now if asked to. */
static u64 passed(bool move)
{
    const struct pith_clock *c = (const struct pith_clock *)host_boot->clock;
    if (!since && counted())
        begin();
    u64 now = __builtin_ia32_rdtsc(), from = since;
    if (move && since)
        since = now;
    if (!counted() || now < from)
        return 0;
    return (u64)(((unsigned __int128)(now - from) * c->mult) >> c->shift);
}

void sched_account(struct thread *t)
{
    u64 ns = passed(true);
    if (!t)
        return;
    t->cpu_ns += ns;
    all += ns;
}

int sched_cpu_thread(const struct thread *t, u64 *ns)
{
    u64 now = passed(false);
    *ns = t->cpu_ns + (t == sched_current() ? now : 0);
    return counted() ? 0 : -ENOSYS;
}

int sched_cpu_all(u64 *ns)
{
    u64 now = passed(false);
    *ns = all + now;
    return counted() ? 0 : -ENOSYS;
}
