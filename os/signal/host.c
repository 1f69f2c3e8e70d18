/* Host signals, both ways: which ones the host is to pass on, and taking those that came.
 *
 * A signal the guest never asked for acts on the monitor as on any process. Once asked for, it
 * stays so: the guest itself then does what its disposition says, even if that is to die. Signals
 * that only wait (blocked everywhere, sigwait, signalfd) are asked for too. Each change costs a
 * hypercall, so the C library's way of blocking everything for a moment round a thread's birth
 * and end is waited out.
 */
#include "sched/upcall.h"
#include "signal/core.h"

/* The C library's own (its threads use them): never from outside. */
#define LIBC_SIGNALS (SIG_BIT(32) | SIG_BIT(33) | SIG_BIT(34))
#define LATER (1000 * 1000ull)

static sigset_os caught, ignored;
static struct timer later;

/* What would stay pending if it came now. */
static sigset_os held(void)
{
    sigset_os blocked = ~0ull, waited = signal_fd_set ? signal_fd_set() : 0;
    list_foreach(it, &sched_threads)
    {
        struct thread *t = list_entry(it, struct thread, all);
        blocked &= t->sig.mask;
        waited |= t->sig.waiting;
    }
    return blocked | waited;
}

void signal_host_tell(void)
{
    sigset_os want = held() & ~SIG_UNBLOCKABLE, drop = 0;
    for (int signal = 1; signal_action && signal <= SIG_COUNT; signal++) {
        u64 handler = signal_action(signal)->handler;
        if (handler > SIGNAL_IGN)
            want |= SIG_BIT(signal);
        else if (handler == SIGNAL_IGN)
            drop |= SIG_BIT(signal);
    }
    want = (want & ~LIBC_SIGNALS) | caught;
    drop &= ~want;
    timer_cancel(&later);
    if (want == caught && drop == ignored)
        return;
    caught = want;
    ignored = drop;
    sched_upcall_enable();
    host_call(PITH_HC_SIGNALS, (long)caught, (long)ignored, 0, 0);
}

void signal_host_tell_now(void)
{
    signal_host_tell();
}

static void due(struct timer *t)
{
    (void)t;
    signal_host_tell();
}

void signal_host_tell_later(void)
{
    if (!later.set)
        timer_set(&later, time_mono() + LATER, due);
}

void signal_from_host(void)
{
    u64 came = __atomic_exchange_n(&host_vcpu()->signals, 0, __ATOMIC_ACQ_REL);
    for (; came; came &= came - 1) {
        siginfo_t info = {.si_signo = __builtin_ctzll(came) + 1, .si_code = SI_USER};
        signal_send_info(NULL, &info);
    }
}
