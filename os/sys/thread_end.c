/* The end of a thread: see sys/thread.h. */
#include "arch/context.h"
#include "base/host.h"
#include "mem/alloc.h"
#include "sched/sched.h"
#include "sched/upcall.h"
#include "signal/signal.h"
#include "sys/futex.h"
#include "sys/mem.h"
#include "sys/thread.h"

struct leaving {
    struct thread *thread;
    void *stack; /* to unmap, if size is not 0 */
    size_t size;
};

/* On the idle stack: nothing of the thread is used any more. */
static void leave(void *arg)
{
    struct leaving l = *(struct leaving *)arg;
    if (sched_upcall_free)
        sched_upcall_free(l.thread);
    if (l.thread != &sched_main)
        mem_free(l.thread);
    if (l.size)
        pith_sys_munmap((u64)l.stack, l.size);
    sched_gone();
}

void thread_end(int status, void *stack, size_t size)
{
    struct thread *t = sched_current();
    futex_release(t);
    if (sched_count == 1)
        host_exit(status);
    list_del(&t->all);
    sched_count--;
    t->state = THREAD_DEAD;
    if (signal_thread_gone)
        signal_thread_gone(t);
    static struct leaving l; /* one thread at a time gets from here to `leave` */
    l = (struct leaving){t, stack, size};
    arch_on_stack(sched_idle_stack_top, leave, &l);
}

void thread_leave(int status)
{
    thread_end(status, NULL, 0);
}

void pith_unmapself(void *base, size_t size)
{
    thread_end(0, base, size);
}
