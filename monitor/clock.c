/* Time: the guest's clock page, its alarm, and the host timer behind both alarm and upcalls.
 *
 * The clock page follows CLOCK_MONOTONIC through the time-stamp counter. Its rate is learned by
 * watching both from the first call that asks the time (no calibration, no CPUID); it becomes
 * usable once the rate is known, and for good unusable if a prediction was wrong (an unstable
 * counter, a suspended host): the guest then asks by hypercall. The guest's clock never goes back:
 * a correction starts from what the old page says now and is worked off within a second.
 *
 * The host timer fires at or before the guest's alarm. It is moved only when it must fire
 * earlier: an alarm that is set and taken back at every thread switch costs no system call.
 */
#include <errno.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "limits.h"
#include "run.h"

static struct {
    uint64_t tsc, mono; /* the first sample */
    uint64_t real_at;   /* when real_offset was read */
    bool broken;
} learn;

static uint64_t rdtsc(void)
{
    unsigned low, high;
    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return (uint64_t)high << 32 | low;
}

static uint64_t read_clock(clockid_t id)
{
    struct timespec t;
    clock_gettime(id, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

uint64_t mon_now(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

static uint64_t predict(const struct pith_clock *c, uint64_t tsc)
{
    return c->mono_ns + (uint64_t)(((unsigned __int128)(tsc - c->tsc0) * c->mult) >> c->shift);
}

/* Writes the page's scale: ns a tick = num/den, as mult >> shift with 30 to 32 bits. */
static bool scale(struct pith_clock *c, uint64_t ns, uint64_t ticks)
{
    if (ticks == 0)
        return false;
    for (unsigned shift = 32; shift >= 16; shift--) {
        unsigned __int128 mult = ((unsigned __int128)ns << shift) / ticks;
        if (mult >> 32)
            continue;
        c->mult = (pith_u32)mult;
        c->shift = shift;
        return mult >= 1u << 20;
    }
    return false;
}

static void update(struct pith_clock *c, uint64_t tsc, uint64_t now)
{
    uint64_t ns = now - learn.mono, ticks = tsc - learn.tsc;
    uint64_t from = now;
    if (c->usable) {
        uint64_t said = predict(c, tsc), since = now - c->mono_ns;
        uint64_t off = said > now ? said - now : now - said;
        if (off > 50000 + since / 1000) {
            learn.broken = true;
            c->usable = 0;
            return;
        }
        if (said > now) {
            from = said;
            /* Lose the lead within a second: slow down by it, at most 0.1%. */
            uint64_t slower = ns / 1000 < off ? ns / 1000 : ns / 1000000 * (off / 1000 + 1);
            ns -= slower < ns / 1000 ? slower : ns / 1000;
        }
    }
    if (!scale(c, ns, ticks)) {
        learn.broken = true;
        c->usable = 0;
        return;
    }
    c->tsc0 = tsc;
    c->mono_ns = from;
    c->usable = 1;
}

/* The counter and the time of one moment, in *tsc and *now; if `real` is not NULL, also how far
 * CLOCK_REALTIME is ahead. False: we were interrupted in between, and they belong to different
 * moments (on a busy host that is common, and says nothing about the counter). */
static bool moment(uint64_t *tsc, uint64_t *now, int64_t *real)
{
    for (int tries = 0; tries < 3; tries++) {
        uint64_t begun = rdtsc();
        *now = mon_now();
        if (real)
            *real = (int64_t)(read_clock(CLOCK_REALTIME) - *now);
        *tsc = rdtsc();
        if (*tsc - begun < MON_CLOCK_MOMENT_TICKS)
            return true;
    }
    return false;
}

void mon_clock_publish(struct mon *m, uint64_t now)
{
    struct pith_clock *c = m->common->clock;
    uint64_t tsc;
    int64_t offset;
    if (learn.mono == 0) { /* the first sample, from which the rate is learned */
        c->real_offset = (int64_t)(read_clock(CLOCK_REALTIME) - mon_now());
        if (moment(&tsc, &now, &offset)) {
            c->real_offset = offset;
            learn.tsc = tsc;
            learn.mono = learn.real_at = now;
        }
        return;
    }
    if (learn.broken || now - (c->usable ? c->mono_ns : learn.mono) < MON_CLOCK_LEARN_NS)
        return;
    bool ask_real = now - learn.real_at > MON_CLOCK_REAL_NS;
    if (!moment(&tsc, &now, ask_real ? &offset : NULL))
        return;
    pith_u32 seq = c->seq;
    __atomic_store_n(&c->seq, seq + 1, __ATOMIC_RELAXED);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    update(c, tsc, now);
    if (ask_real) {
        learn.real_at = now;
        c->real_offset = offset;
    }
    __atomic_store_n(&c->seq, seq + 2, __ATOMIC_RELEASE);
}

long mon_clock(struct mon *m, uint64_t which)
{
    if (which > 1)
        return -EINVAL;
    uint64_t now = mon_now();
    mon_clock_publish(m, now);
    return (long)(which ? read_clock(CLOCK_REALTIME) : now);
}

long mon_cputime(void)
{
    return (long)read_clock(CLOCK_PROCESS_CPUTIME_ID);
}

static int set_timer(struct mon_run *run, uint64_t when)
{
    struct itimerspec t = {.it_value = {(time_t)(when / 1000000000), (long)(when % 1000000000)}};
    return syscall(SYS_timer_settime, run->timer, TIMER_ABSTIME, &t, NULL) < 0 ? -errno : 0;
}

/* Has the host timer fire at `when`. Async-signal-safe: its own signal may come at any moment in
 * here, take `armed` back and arm again. So `armed` is written first, and if it has changed to
 * something earlier afterwards, that is what counts. */
static int arm(struct mon_run *run, uint64_t when)
{
    if (run->timer < 0) {
        /* To the process: it has one thread. */
        struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = MON_TIMER_SIGNAL};
        if (syscall(SYS_timer_create, CLOCK_MONOTONIC, &event, &run->timer) < 0)
            return -errno;
    }
    run->armed = when;
    int error = set_timer(run, when);
    uint64_t now_armed = run->armed;
    if (!error && now_armed && now_armed < when)
        error = set_timer(run, now_armed);
    return error;
}

long mon_timer(struct mon *m, uint64_t deadline)
{
    struct mon_run *run = m->common;
    run->alarm = deadline;
    if (deadline == 0 || deadline == PITH_NEVER) {
        run->alarm = 0;
        return 0;
    }
    if (deadline > INT64_MAX)
        return -EINVAL;
    if (run->armed && run->armed <= deadline)
        return 0;
    return arm(run, deadline);
}

void mon_timer_due(struct mon *m, uint64_t now)
{
    struct mon_run *run = m->common;
    if (run->alarm && run->alarm <= now) {
        run->alarm = 0;
        __atomic_fetch_or(&m->vcpu->pending, PITH_PEND_TIMER, __ATOMIC_RELAXED);
    }
}

void mon_timer_fired(struct mon *m)
{
    struct mon_run *run = m->common;
    run->armed = 0;
    mon_timer_due(m, mon_now());
    if (run->alarm)
        arm(run, run->alarm);
}

void mon_timer_before(struct mon *m, uint64_t when)
{
    struct mon_run *run = m->common;
    if (run->armed == 0 || run->armed > when)
        arm(run, when);
}

void mon_timer_retry(struct mon *m)
{
    mon_timer_before(m, mon_now() + MON_RETRY_NS);
}
