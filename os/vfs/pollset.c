/* See pollset.h. */
#include <linux/eventpoll.h>

#include "base/uaccess.h"
#include "sched/timer.h"
#include "net/netif.h"
#include "signal/mask.h"
#include "vfs/pollset.h"

/* Only what the entry waits for wakes the thread: with thousands of entries each look costs. */
static bool entry_woken(struct waiter *w, u32 events)
{
    const struct poll_entry *e = container_of(w, struct poll_entry, waiter);
    return events & (e->wanted | EPOLLERR | EPOLLHUP) && waiter_thread(w, events);
}

static unsigned look(struct poll_entry *set, unsigned n, bool add)
{
    unsigned ready = 0;
    for (unsigned i = 0; i < n; i++) {
        struct poll_entry *e = &set[i];
        if (!e->file)
            continue;
        if (add) {
            list_init(&e->waiter.node);
            e->waiter.wake = entry_woken;
            e->waiter.thread = sched_current();
        }
        /* Once something is ready there will be no sleep: no need to be told of changes. */
        u32 events = poll_now(e->file, add && !ready ? &e->waiter : 0);
        e->ready = events & (e->wanted | EPOLLERR | EPOLLHUP);
        ready += e->ready != 0;
    }
    return ready;
}

int pollset_wait(struct poll_entry *set, unsigned n, nsec_t deadline)
{
    int r = (int)look(set, n, deadline != 0);
    if (!r && !deadline && net_starved && net_starved())
        r = (int)look(set, n, false);
    if (deadline) {
        while (r == 0) {
            int why = sched_sleep(deadline, true);
            r = (int)look(set, n, false);
            if (r)
                break;
            if (why == -ETIMEDOUT)
                break;
            if (why == -EINTR)
                r = -EINTR;
        }
        for (unsigned i = 0; i < n; i++)
            if (set[i].file)
                waitq_del(&set[i].waiter);
    } else if (r == 0 && signal_interrupts()) {
        r = -EINTR;
    }
    return r;
}

nsec_t poll_deadline(u64 sec, u64 nsec)
{
    nsec_t now = time_mono();
    if (sec == 0 && nsec == 0)
        return 0;
    if (sec >= (NEVER - now) / NSEC_PER_SEC - 1)
        return NEVER;
    return now + sec * NSEC_PER_SEC + nsec;
}

int poll_timeout(const void *user, nsec_t *deadline)
{
    s64 t[2]; /* seconds and nanoseconds */
    *deadline = NEVER;
    if (!user)
        return 0;
    if (USER_GET(&t, (const s64(*)[2])user) < 0)
        return -EFAULT;
    if (t[0] < 0 || t[1] < 0 || t[1] >= (s64)NSEC_PER_SEC)
        return -EINVAL;
    *deadline = poll_deadline((u64)t[0], (u64)t[1]);
    return 0;
}
