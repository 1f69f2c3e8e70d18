/* timer_create(2). */
#include "base/string.h"
#include "base/uaccess.h"
#include "mem/alloc.h"
#include "sys/time_posix_timer.h"

#include <linux/time.h>

/* The signal was taken (or came to nothing): the timer goes on, unless it was set anew. */
static void signal_left(struct signal_entry *e, bool taken)
{
    struct posix_timer *t = container_of(e, struct posix_timer, entry);
    if (!t->periodic.when || t->periodic.timer.set)
        return;
    if (!taken && t->periodic.interval < 1000000)
        t->periodic.when += 1000000; /* nobody looks: not more often than this */
    u64 missed = periodic_next(&t->periodic) - 1;
    t->overrun = (int)MIN(missed, 0x7ffffffful);
    e->info.si_overrun = t->overrun;
}

static void expired(struct periodic *p)
{
    struct posix_timer *t = container_of(p, struct posix_timer, periodic);
    struct thread *to = NULL;
    if (t->notify == SIGEV_NONE)
        return;
    if (t->notify & SIGEV_THREAD_ID && !(to = sched_find(t->tid)))
        signal_left(&t->entry, false);
    else
        signal_send_entry(to, &t->entry);
}

static int check(const sigevent_t *ev)
{
    int kind = ev->sigev_notify & ~SIGEV_THREAD_ID;
    if (ev->sigev_notify & SIGEV_THREAD_ID) {
        if (kind != SIGEV_SIGNAL || !sched_find(ev->_sigev_un._tid))
            return -EINVAL;
    } else if (kind == SIGEV_NONE) {
        return 0;
    } else if (kind != SIGEV_SIGNAL && kind != SIGEV_THREAD) {
        return -EINVAL;
    }
    return ev->sigev_signo >= 1 && ev->sigev_signo <= SIG_COUNT ? 0 : -EINVAL;
}

long pith_sys_timer_create(int clock, const void *event, int *user_id)
{
    sigevent_t ev;
    memset(&ev, 0, sizeof(ev));
    ev.sigev_signo = SIGALRM;
    if (event && USER_GET(&ev, (const sigevent_t *)event))
        return -EFAULT;
    int err = periodic_clock(clock);
    if (!err)
        err = check(&ev);
    if (err)
        return err;
    struct posix_timer *t = mem_alloc(sizeof(*t));
    int id = t ? posix_timer_number(t) : -EAGAIN;
    if (id < 0 || USER_PUT(user_id, &id)) {
        if (id >= 0)
            posix_timer_forget(id);
        mem_free(t);
        return id < 0 ? id : -EFAULT;
    }
    t->periodic.clock = clock;
    t->periodic.expired = expired;
    t->notify = ev.sigev_notify;
    t->tid = ev._sigev_un._tid;
    t->entry.left = signal_left;
    t->entry.info.si_signo = ev.sigev_signo;
    t->entry.info.si_code = SI_TIMER;
    t->entry.info.si_tid = id;
    if (event)
        t->entry.info.si_value = ev.sigev_value;
    else
        t->entry.info.si_value.sival_int = id;
    return 0;
}
