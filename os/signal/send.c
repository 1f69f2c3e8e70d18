/* Sending: what becomes pending where, who is woken, and what acts at once. See signal/core.h. */
#include "mem/alloc.h"
#include "signal/core.h"

struct signal_shared signal_shared = {.queue = LIST_INIT(signal_shared.queue)};

#define STOPS (SIG_BIT(SIGSTOP) | SIG_BIT(SIGTSTP) | SIG_BIT(SIGTTIN) | SIG_BIT(SIGTTOU))
#define IGNORED (SIG_BIT(SIGCHLD) | SIG_BIT(SIGCONT) | SIG_BIT(SIGURG) | SIG_BIT(SIGWINCH))

enum signal_default signal_default(int signal)
{
    sigset_os bit = SIG_BIT(signal);
    return bit & STOPS ? SIGNAL_STOPS : bit & IGNORED ? SIGNAL_NOTHING : SIGNAL_DIES;
}

static u64 handler_of(int signal)
{
    return signal_action ? signal_action(signal)->handler : SIGNAL_DFL;
}

static bool ignored(int signal)
{
    u64 h = handler_of(signal);
    return h == SIGNAL_IGN || (h == SIGNAL_DFL && signal_default(signal) == SIGNAL_NOTHING);
}

static bool takes(const struct thread *t, sigset_os bit)
{
    return t->state != THREAD_DEAD && (!(t->sig.mask & bit) || t->sig.waiting & bit);
}

/* The thread that a signal to the process goes to: the first one, as on Linux, if it takes it. */
static struct thread *choose(sigset_os bit)
{
    if (takes(&sched_main, bit))
        return &sched_main;
    if (takes(sched_current(), bit))
        return sched_current();
    list_foreach(it, &sched_threads)
    {
        struct thread *t = list_entry(it, struct thread, all);
        if (takes(t, bit))
            return t;
    }
    return NULL;
}

static void wake(struct thread *t, sigset_os bit)
{
    if (!(t->sig.mask & bit) && !(t->sig.waiting & bit))
        t->sig_ready = true;
    sched_wake(t);
}

void signal_act(int signal)
{
    if (ignored(signal))
        return;
    if (signal_default(signal) == SIGNAL_STOPS)
        host_call(PITH_HC_STOP, signal, 0, 0, 0);
    else if (signal_default(signal) == SIGNAL_DIES)
        host_die(signal, NULL, NULL);
}

/* What Linux does before it looks at masks: stopping and continuing cancel each other. True if
 * nothing is left to do. */
static bool acts_at_once(struct thread *to, const struct thread *seen_by, int signal)
{
    sigset_os bit = SIG_BIT(signal);
    if (bit & STOPS)
        signal_drop(SIG_BIT(SIGCONT));
    if (signal == SIGCONT)
        signal_drop(STOPS);
    if (signal == SIGKILL || signal == SIGSTOP) {
        signal_act(signal);
        return true;
    }
    if (ignored(signal))
        return !((seen_by->sig.mask | seen_by->sig.waiting) & bit);
    if (to && handler_of(signal) == SIGNAL_DFL && !(to->sig.waiting & bit)) {
        signal_act(signal);
        return true;
    }
    return false;
}

/* Finds out who gets it: true if it must be queued, *to then is whom to wake, or 0. */
static bool wanted(struct thread *t, int signal, struct thread **to)
{
    sigset_os bit = SIG_BIT(signal);
    *to = t ? (takes(t, bit) ? t : NULL) : choose(bit);
    return !acts_at_once(*to, t ? t : &sched_main, signal);
}

static void queued(struct thread *t, struct thread *to, int signal)
{
    sigset_os *pending = t ? &t->sig.pending : &signal_shared.pending;
    *pending |= SIG_BIT(signal);
    if (to)
        wake(to, SIG_BIT(signal));
    if (t && signal_cancels(t)) {
        signal_recalc(t);
        sched_wake(t);
    }
    if (signal_tell_fds)
        signal_tell_fds(t);
}

int signal_send_info(struct thread *t, const siginfo_t *info)
{
    int signal = info->si_signo;
    struct thread *to;
    if (!wanted(t, signal, &to))
        return 0;
    sigset_os pending = t ? t->sig.pending : signal_shared.pending;
    if (signal < SIGRTMIN && pending & SIG_BIT(signal))
        return 0;
    struct signal_entry *e = NULL;
    if (signal_shared.queued < signal_queue_max)
        e = mem_alloc(sizeof(*e));
    if (e) {
        signal_shared.queued++;
        e->info = *info;
        list_add_tail(signal_queue(t), &e->node);
    } else if (signal >= SIGRTMIN && info->si_code != SI_USER) {
        return -EAGAIN;
    }
    queued(t, to, signal);
    return 0;
}

void signal_send_entry(struct thread *t, struct signal_entry *e)
{
    int signal = e->info.si_signo;
    struct thread *to;
    if (e->node.next && !list_empty(&e->node))
        return;
    list_init(&e->node);
    sigset_os pending = t ? t->sig.pending : signal_shared.pending;
    bool merged = signal < SIGRTMIN && pending & SIG_BIT(signal);
    if (!wanted(t, signal, &to) || merged) {
        e->left(e, false);
        return;
    }
    list_add_tail(signal_queue(t), &e->node);
    queued(t, to, signal);
}

/* Hands what is pending for the process to threads that still take it. */
static void hand_over(sigset_os set)
{
    for (set &= signal_shared.pending; set; set &= set - 1) {
        sigset_os bit = set & -set;
        struct thread *to = choose(bit);
        if (to)
            wake(to, bit);
    }
}

void signal_mask_changed(struct thread *t, sigset_os old)
{
    sigset_os due = signal_pending(t) & ~t->sig.mask;
    siginfo_t info;
    for (; due; due &= due - 1) {
        int signal = __builtin_ctzll(due) + 1;
        if (handler_of(signal) > SIGNAL_IGN)
            continue;
        while (signal_take(SIG_BIT(signal), &info))
            signal_act(signal);
    }
    signal_recalc(t);
    hand_over(t->sig.mask & ~old);
}

void signal_thread_gone(struct thread *t)
{
    signal_drop_thread(t, ~0ull);
    t->sig.mask = ~0ull;
    t->sig.waiting = 0;
    hand_over(~0ull);
}

int signal_send(struct thread *t, int signal, int code, u64 addr, u64 value)
{
    siginfo_t info;
    signal_info_user(&info, signal, code);
    if (addr)
        info.si_addr = (void *)addr;
    else
        info.si_value.sival_ptr = (void *)value;
    return signal_send_info(t, &info);
}
