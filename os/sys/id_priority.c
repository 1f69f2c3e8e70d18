/* getpriority(2), setpriority(2): nice values are kept a thread; all threads share the one
 * processor by turns whatever they are. */
#include "sched/thread.h"
#include "sys/id.h"

#include <linux/resource.h>

/* The thread meant, 0 for all, or -errno. */
static long target(int which, int who, struct thread **t)
{
    *t = NULL;
    if (which == PRIO_PROCESS) {
        *t = who ? sched_find(who) : sched_current();
        return *t ? 0 : -ESRCH;
    }
    if (which == PRIO_PGRP)
        return who && (unsigned)who != host_boot->pid ? -ESRCH : 0;
    if (which == PRIO_USER)
        return who && who != pith_sys_getuid() ? -ESRCH : 0;
    return -EINVAL;
}

long pith_sys_getpriority(int which, int who)
{
    struct thread *t;
    long err = target(which, who, &t);
    if (err)
        return err;
    int lowest = t ? t->nice : 19;
    list_foreach(it, &sched_threads)
    {
        if (!t)
            lowest = MIN(lowest, list_entry(it, struct thread, all)->nice);
    }
    return 20 - lowest;
}

static long set(struct thread *t, int nice)
{
    if (nice < t->nice && pith_sys_geteuid() != 0)
        return -EACCES;
    t->nice = nice;
    return 0;
}

long pith_sys_setpriority(int which, int who, int nice)
{
    struct thread *t;
    long err = target(which, who, &t);
    nice = MIN(MAX(nice, -20), 19);
    if (err)
        return err;
    if (t)
        return set(t, nice);
    list_foreach(it, &sched_threads)
    {
        long e = set(list_entry(it, struct thread, all), nice);
        err = e ? e : err;
    }
    return err;
}
