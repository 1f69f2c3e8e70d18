/* Queues of pending signals, of threads and of the process: see signal/core.h. Who looks at what is
 * pending links send.c too (signal_shared is there). */
#include "base/string.h"
#include "mem/alloc.h"
#include "signal/core.h"

unsigned signal_queue_max = SIGNAL_QUEUE_DEFAULT;

struct list *signal_queue(struct thread *t)
{
    if (!t)
        return &signal_shared.queue;
    if (!t->sig.queue.next)
        list_init(&t->sig.queue);
    return &t->sig.queue;
}

static void release(struct signal_entry *e, bool taken)
{
    list_del(&e->node);
    if (e->left) {
        e->left(e, taken);
    } else {
        signal_shared.queued--;
        mem_free(e);
    }
}

void signal_drop_thread(struct thread *t, sigset_os set)
{
    sigset_os *pending = t ? &t->sig.pending : &signal_shared.pending;
    if (!(*pending & set))
        return;
    *pending &= ~set;
    list_foreach_safe(it, signal_queue(t))
    {
        struct signal_entry *e = list_entry(it, struct signal_entry, node);
        if (SIG_BIT(e->info.si_signo) & set)
            release(e, false);
    }
}

void signal_drop(sigset_os set)
{
    signal_drop_thread(NULL, set);
    list_foreach(it, &sched_threads)
    {
        struct thread *t = list_entry(it, struct thread, all);
        signal_drop_thread(t, set);
        signal_recalc(t);
    }
}

/* Clears the pending bit if no entry is left. */
static void still_pending(struct thread *t, int signal)
{
    list_foreach(it, signal_queue(t))
    {
        if (list_entry(it, struct signal_entry, node)->info.si_signo == signal)
            return;
    }
    if (t)
        t->sig.pending &= ~SIG_BIT(signal);
    else
        signal_shared.pending &= ~SIG_BIT(signal);
}

void signal_unsend(struct signal_entry *e)
{
    if (!e->node.next || list_empty(&e->node))
        return;
    list_del(&e->node);
    still_pending(NULL, e->info.si_signo);
    list_foreach(it, &sched_threads)
    {
        struct thread *t = list_entry(it, struct thread, all);
        still_pending(t, e->info.si_signo);
        signal_recalc(t);
    }
}

static int take_from(struct thread *t, sigset_os set, siginfo_t *info)
{
    sigset_os due = (t ? t->sig.pending : signal_shared.pending) & set;
    if (!due)
        return 0;
    int signal = __builtin_ctzll(due) + 1;
    memset(info, 0, sizeof(*info));
    info->si_signo = signal;
    list_foreach(it, signal_queue(t))
    {
        struct signal_entry *e = list_entry(it, struct signal_entry, node);
        if (e->info.si_signo != signal)
            continue;
        list_del(&e->node);
        if (e->left)
            e->left(e, true);
        *info = e->info;
        if (!e->left)
            release(e, true);
        break;
    }
    still_pending(t, signal);
    return signal;
}

int signal_take(sigset_os set, siginfo_t *info)
{
    struct thread *t = sched_current();
    int signal = take_from(t, set, info);
    if (signal) {
        signal_recalc(t);
        return signal;
    }
    signal = take_from(NULL, set, info);
    if (signal && !(signal_shared.pending & SIG_BIT(signal)))
        list_foreach(it, &sched_threads)
        {
            struct thread *other = list_entry(it, struct thread, all);
            if (other->sig_ready)
                signal_recalc(other);
        }
    return signal;
}
