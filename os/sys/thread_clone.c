/* New threads: see sys/thread.h. */
#include "arch/context.h"
#include "base/string.h"
#include "base/uaccess.h"
#include "mem/alloc.h"
#include "sched/sched.h"
#include "sched/upcall.h"
#include "sys/thread.h"

#include <linux/sched.h>

#define TID_LIMIT (1 << 22) /* Linux's PID_MAX_LIMIT */

static int next_tid(void)
{
    static int last;
    do {
        if (last < sched_main.tid || last >= TID_LIMIT)
            last = sched_main.tid;
        last++;
    } while (sched_find(last));
    return last;
}

/* The first code of a thread, on its stack. */
static void begin(void *fn_and_arg)
{
    void **p = fn_and_arg;
    int (*fn)(void *) = (int (*)(void *))p[0];
    thread_leave(fn(p[1]));
}

long pith_clone(int (*fn)(void *), void *stack, int flags, void *arg, int *ptid, void *tls,
                int *ctid)
{
    const int needed = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD;
    if ((flags & needed) != needed)
        return -ENOSYS;
    /* Room for fn and arg, where `begin` finds them whatever the thread then does. */
    void **top = (void **)(ROUND_DOWN((u64)stack, 16) - 16);
    if (user_touch(top, 16, true) < 0)
        return -EFAULT;
    struct thread *t = mem_alloc(sizeof(*t));
    if (!t)
        return -EAGAIN;
    top[0] = (void *)fn;
    top[1] = arg;
    t->tid = next_tid();
    t->sp = arch_first_stack(top, begin, top);
    t->fs_base = flags & CLONE_SETTLS ? (u64)tls : sched_current()->fs_base;
    t->clear_tid = flags & CLONE_CHILD_CLEARTID ? ctid : NULL;
    t->sig.mask = sched_current()->sig.mask;
    t->nice = sched_current()->nice;
    memcpy(t->name, sched_current()->name, sizeof(t->name));
    list_init(&t->run);
    list_add_tail(&sched_threads, &t->all);
    sched_count++;
    if ((flags & CLONE_PARENT_SETTID && USER_PUT(ptid, &t->tid) < 0) ||
        (flags & CLONE_CHILD_SETTID && USER_PUT(ctid, &t->tid) < 0)) {
        list_del(&t->all);
        sched_count--;
        mem_free(t);
        return -EFAULT;
    }
    sched_upcall_enable();
    sched_want_tick = sched_tick_arm;
    if (!sched_tick)
        sched_tick_arm();
    t->state = THREAD_SLEEPING;
    sched_wake(t);
    return t->tid;
}
