/* PITH_HC_WAIT: serve every ring, then sleep if there is nothing else to do (abi.h). */
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "control.h"
#include "limits.h"

/* The descriptors that devices sleep on; each device's own are [fds_at, fds_at + nfds). */
static struct pollfd fds[MON_DEVICES * MON_DEVICE_FDS];

static bool serve_some(struct mon *m, bool asked, bool first)
{
    struct mon_run *run = m->common;
    bool any = false;
    for (unsigned i = 0; i < run->ndevices && !m->over; i++) {
        struct mon_device *d = &run->device[i];
        if (d->ops->first == first)
            any |= d->ops->serve(m, d, fds + d->fds_at, asked ? d->nfds : 0);
    }
    return any;
}

static bool serve(struct mon *m, bool asked)
{
    bool any = serve_some(m, asked, true);
    return serve_some(m, asked, false) || any;
}

void mon_serve_first(struct mon *m)
{
    bool over = m->over;
    m->over = false; /* the end does not keep from what came before it */
    serve_some(m, false, true);
    m->over |= over;
}

/* Half of what the guest is promised: what it queued may just have missed the last look. */
#define LOOK_NS (PITH_FS_LINGER / 2)

static void look_again_at(struct mon *m, uint64_t when)
{
    m->common->linger = when;
    mon_timer_before(m, when);
}

void mon_linger(struct mon *m)
{
    struct mon_run *run = m->common;
    run->lingers = PITH_FS_LINGER / LOOK_NS; /* the next look may be due at once */
    if (run->linger)
        return;
    uint64_t now = mon_now();
    mon_clock_publish(m, now); /* the guest counts on it to know how long it may queue */
    run->waits = run->counts.calls[PITH_HC_WAIT];
    look_again_at(m, now + LOOK_NS);
}

static bool queued_first(const struct mon *m)
{
    for (unsigned i = 0; i < m->common->ndevices; i++) {
        const struct mon_device *d = &m->common->device[i];
        for (unsigned q = 0; d->ops->first && q < d->nqueues; q++)
            if (mon_ring_more(&d->ring[q]))
                return true;
    }
    return false;
}

/* A look that was due while the guest waited in a call is made up for when it goes on, and others
 * follow in the same distance: the client counts on that. */
void mon_lingered(struct mon *m, bool inside)
{
    struct mon_run *run = m->common;
    if (run->linger == 0)
        return;
    uint64_t now = mon_now(), waits = run->counts.calls[PITH_HC_WAIT];
    if (now < run->linger) {
        mon_timer_before(m, run->linger);
        return;
    }
    mon_clock_publish(m, now);
    bool queued = queued_first(m);
    /* A guest that waits now and then has its rings emptied by that. */
    if (queued && waits == run->waits) {
        if (inside) {
            mon_timer_retry(m);
            return;
        }
        mon_serve_first(m);
    }
    run->waits = waits;
    bool again = run->lingers || queued;
    run->lingers -= run->lingers != 0;
    run->linger = 0;
    if (again)
        look_again_at(m, now + LOOK_NS);
}

/* Fills fds; `look`: only of devices that must be asked before they are served. */
static unsigned wanted(struct mon *m, bool look)
{
    struct mon_run *run = m->common;
    unsigned n = 0;
    for (unsigned i = 0; i < run->ndevices; i++) {
        struct mon_device *d = &run->device[i];
        d->fds_at = n;
        d->nfds = d->ops->poll && (d->ops->look || !look) ? d->ops->poll(m, d, fds + n) : 0;
        n += d->nfds;
    }
    return n;
}

/* Asks the host which of n descriptors are ready, sleeping until `deadline`, the guest's alarm or a
 * signal. */
static void poll_host(struct mon *m, unsigned n, uint64_t now, uint64_t deadline)
{
    uint64_t alarm = m->common->alarm;
    if (alarm && alarm < deadline)
        deadline = alarm;
    uint64_t left = deadline > now ? deadline - now : 0;
    /* A year is for ever, and fits. */
    if (left > 366ull * 86400 * 1000000000)
        left = 366ull * 86400 * 1000000000;
    /* The order of these three is what makes a signal between them count: see run.h. */
    m->common->sleep.tv_sec = (time_t)(left / 1000000000);
    m->common->sleep.tv_nsec = (long)(left % 1000000000);
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    if (__atomic_load_n(&m->vcpu->pending, __ATOMIC_RELAXED) || m->common->look) {
        m->common->sleep.tv_sec = 0;
        m->common->sleep.tv_nsec = 0;
    }
    /* The kernel must read `sleep` itself; a library's ppoll would copy it too early. */
    if (syscall(SYS_ppoll, fds, n, &m->common->sleep, NULL, 8) <= 0)
        for (unsigned i = 0; i < n; i++)
            fds[i].revents = 0;
}

/* ---- Looking again instead of sleeping ----
 *
 * A sleep that the next frame ends after a few microseconds costs more than it saves, here and on
 * the processor that has to wake us. So where sleeps have been short, we look again for a moment
 * before the next one. A moment spent in vain was taken from somebody, perhaps from the very
 * process we wait for: then a number of short sleeps must pass before it is tried again, twice as
 * many each time. */
static struct {
    unsigned wait;    /* short sleeps still to pass */
    unsigned penalty; /* of the next failure */
} look_again = {.wait = MON_LOOK_SLEEPS, .penalty = MON_LOOK_SLEEPS};

/* PITH_WAIT_RING or PITH_WAIT_PEND, 0 if there was nothing. */
static long look(struct mon *m, uint64_t now, uint64_t deadline)
{
    uint64_t end = now + MON_LOOK_NS;
    if (end > deadline || (m->common->alarm && end > m->common->alarm))
        return 0; /* something else is due */
    for (unsigned i = 0; !m->over && (i % 8 || mon_now() < end); i++) {
        if (__atomic_load_n(&m->vcpu->pending, __ATOMIC_RELAXED))
            return PITH_WAIT_PEND;
        if (serve(m, false)) {
            look_again.penalty = MON_LOOK_SLEEPS;
            return PITH_WAIT_RING;
        }
        __builtin_ia32_pause();
    }
    look_again.wait = look_again.penalty;
    if (look_again.penalty < MON_LOOK_SLEEPS_MAX)
        look_again.penalty *= 2;
    return 0;
}

/* A sleep has ended by a descriptor. */
static void slept(uint64_t ns)
{
    if (ns > MON_LOOK_NS)
        look_again.wait = look_again.penalty;
    else if (look_again.wait)
        look_again.wait--;
}

static bool has_traffic(const struct mon *m)
{
    for (unsigned i = 0; i < m->common->ndevices; i++)
        if (m->common->device[i].ops->traffic)
            return true;
    return false;
}

long mon_wait(struct mon *m, uint64_t deadline)
{
    bool asked = false, any = false;
    for (;;) {
        if (m->common->look)
            mon_control_look(m);
        any |= serve(m, asked);
        if (m->over)
            return 0;
        m->common->rest.events += any;
        bool pending = __atomic_load_n(&m->vcpu->pending, __ATOMIC_RELAXED) != 0;
        bool go_on = any || pending || deadline == 0;
        unsigned n = asked && go_on ? 0 : wanted(m, go_on);
        if (m->over)
            return 0;
        /* Nobody asks for the time: a program that only prints never reads a clock. */
        if (go_on && (deadline == 0 || deadline == PITH_NEVER) && !m->common->alarm && n == 0)
            return (any ? PITH_WAIT_RING : 0) | (pending ? PITH_WAIT_PEND : 0);
        uint64_t now = mon_now();
        mon_timer_due(m, now);
        pending = __atomic_load_n(&m->vcpu->pending, __ATOMIC_RELAXED) != 0;
        long mask = (any ? PITH_WAIT_RING : 0) | (pending ? PITH_WAIT_PEND : 0) |
                    (deadline && deadline <= now ? PITH_WAIT_TIME : 0);
        bool stay = mask == 0 && deadline != 0;
        /* The guest goes on without sleeping: one look at descriptors that must be asked. */
        if (!stay && (asked || n == 0)) {
            mon_clock_publish(m, now);
            return mask;
        }
        uint64_t until = deadline;
        if (stay) {
            uint64_t again = mon_rest(m, now, deadline);
            until = again < until ? again : until;
        }
        bool traffic = stay && has_traffic(m);
        if (traffic && look_again.wait == 0) {
            mask = look(m, now, deadline);
            if (m->over)
                return 0;
            now = mon_now();
            mon_clock_publish(m, now);
            if (mask)
                return mask;
        }
        poll_host(m, n, now, stay ? until : 0);
        if (traffic)
            slept(mon_now() - now);
        asked = true;
    }
}
