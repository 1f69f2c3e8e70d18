/* Sleeping, waking and switching: see sched/thread.h and sched/sched.h. The idle loop is whoever
 * sleeps last: it waits for the host on its own stack. */
#include "arch/context.h"
#include "base/host.h"
#include "base/view.h"
#include "sched/account.h"
#include "sched/sched.h"
#include "signal/signal.h"

struct thread sched_main = {
    .state = THREAD_RUNNING,
    .run = LIST_INIT(sched_main.run),
    .all = {&sched_threads, &sched_threads},
};
struct thread *sched_current_ptr = &sched_main;
struct list sched_threads = {&sched_main.all, &sched_main.all};
unsigned sched_count = 1;
struct list sched_ready = LIST_INIT(sched_ready);
struct list sched_batch = LIST_INIT(sched_batch);
nsec_t sched_batch_since;
bool sched_tick;
nsec_t sched_alarm = NEVER;
void (*sched_want_tick)(void);
long sched_untaken;
u32 sched_heard;

/* For `pith threads`. */
static void __attribute__((used)) view(void)
{
    VIEW(thread_all, offsetof(struct thread, all));
    VIEW(thread_sp, offsetof(struct thread, sp));
    VIEW(thread_tid, offsetof(struct thread, tid));
    VIEW(thread_state, offsetof(struct thread, state));
    VIEW(thread_name, offsetof(struct thread, name));
}

void sched_take_in(long waited)
{
    sched_heard++;
    waited |= sched_untaken;
    sched_untaken = 0;
    if (waited & PITH_WAIT_RING)
        SET_FOREACH(fn, poll)
    (*fn)();
    u32 pending = __atomic_exchange_n(&host_vcpu()->pending, 0, __ATOMIC_ACQ_REL);
    if (pending & PITH_PEND_TIMER) {
        sched_alarm = NEVER;
        sched_tick = false;
    }
    if (pending & PITH_PEND_SIGNAL && signal_from_host)
        signal_from_host();
    if (timer_next() != NEVER)
        timer_run(time_mono());
}

/* Who is next: a thread that slept goes before those that were interrupted while computing, unless
 * these have waited for a quantum. */
static struct thread *choose(void)
{
    struct list *from = &sched_ready;
    if (list_empty(&sched_ready) ||
        (!list_empty(&sched_batch) && time_mono() - sched_batch_since >= SCHED_QUANTUM))
        from = &sched_batch;
    struct thread *t = list_first(from, struct thread, run);
    list_del(&t->run);
    return t;
}

/* Waits for the host until some thread is ready. */
static struct thread *pick(void)
{
    while (list_empty(&sched_ready) && list_empty(&sched_batch)) {
        nsec_t deadline = sched_untaken ? 0 : timer_next();
        long waited = host_call(PITH_HC_WAIT, (long)deadline, 0, 0, 0);
        if (sched_account)
            sched_account(NULL);
        sched_take_in(waited);
    }
    return choose();
}

void sched_arm(void)
{
    if (sched_count > 1 && !sched_tick && sched_want_tick)
        sched_want_tick();
    if (timer_next() < sched_alarm)
        sched_alarm_update();
}

static void run(struct thread *t)
{
    t->state = THREAD_RUNNING;
    sched_current_ptr = t;
    sched_arm();
}

void sched_next(void)
{
    struct thread *from = sched_current();
    if (sched_account)
        sched_account(from);
    struct thread *to = pick();
    run(to);
    if (to == from)
        return;
    arch_set_fs(to->fs_base);
    arch_switch(&from->sp, to->sp);
}

void sched_gone(void)
{
    static struct thread nobody = {.state = THREAD_DEAD};
    void *nowhere;
    sched_current_ptr = &nobody;
    if (sched_account)
        sched_account(&nobody);
    struct thread *to = pick();
    run(to);
    arch_set_fs(to->fs_base);
    arch_switch(&nowhere, to->sp);
    __builtin_unreachable();
}

void sched_pending(void)
{
    bool tick = host_vcpu()->pending & PITH_PEND_TIMER;
    sched_take_in(tick && sched_count > 1 ? host_call(PITH_HC_WAIT, 0, 0, 0, 0) : 0);
    if (tick)
        sched_preempt();
    sched_arm();
}

void sched_wake(struct thread *t)
{
    if (t->state != THREAD_SLEEPING)
        return;
    t->state = THREAD_READY;
    list_add_tail(&sched_ready, &t->run);
}

static void expire(struct timer *timer)
{
    struct thread *t = container_of(timer, struct thread, timer);
    t->timed_out = true;
    sched_wake(t);
}

int sched_sleep(nsec_t deadline, bool interruptible)
{
    struct thread *t = sched_current();
    if (interruptible && t->sig_ready)
        return -EINTR;
    t->timed_out = false;
    t->state = THREAD_SLEEPING;
    if (deadline != NEVER)
        timer_set(&t->timer, deadline, expire);
    sched_next();
    timer_cancel(&t->timer);
    if (t->timed_out)
        return -ETIMEDOUT;
    return interruptible && t->sig_ready ? -EINTR : 0;
}

void sched_alarm_update(void)
{
    nsec_t next = timer_next();
    if (next >= sched_alarm)
        return;
    sched_alarm = next;
    host_call(PITH_HC_TIMER, (long)next, 0, 0, 0);
}
