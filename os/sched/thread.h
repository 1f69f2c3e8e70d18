/* Threads of the guest, and how they sleep and wake.
 *
 * Rules
 *  - One virtual CPU; inside the library OS nothing is preempted, so no locks: between two calls
 *    that can sleep, all state is yours. What may sleep says so. Code outside the OS text is
 *    preempted by an upcall.
 *  - A system call runs on the stack of the thread that made it: keep frames small.
 *  - Sleeping may end early (a wake meant for another, a signal): check the condition again.
 *  - A frame that sleeps is always returned through: signal handlers run only where a system
 *    call ends (sys/restart.h), never inside sched_sleep, so waiters may live on the stack.
 */
#ifndef PITH_SCHED_THREAD_H
#define PITH_SCHED_THREAD_H

#include "base/list.h"
#include "base/types.h"
#include "sched/timer.h"

typedef u64 sigset_os; /* bit n-1 for signal n */

/* Of os/signal, carried here so that a thread is one object. Only os/signal and the few calls
 * that save and restore `mask` touch it. */
struct thread_signal {
    sigset_os mask;  /* blocked */
    sigset_os saved; /* mask to restore after sigsuspend/ppoll/... if `restore` */
    bool restore;
    sigset_os pending; /* directed at this thread */
    struct list queue; /* of os/signal: queued siginfo; list_init by os/signal on first use */
    u64 alt_sp, alt_size;
    u32 alt_flags;
    sigset_os waiting; /* in sigwait: signals waited for */
    bool cancel;       /* at a cancellation point: see third_party/musl/README.md */
};

enum thread_state { THREAD_READY, THREAD_RUNNING, THREAD_SLEEPING, THREAD_DEAD };

struct thread {
    void *sp;    /* where a sleeping thread's registers are */
    u64 fs_base; /* the program's thread pointer */
    void *fpu;   /* XSAVE area, allocated at the first upcall */
    int tid;
    enum thread_state state;
    bool sig_ready; /* os/signal: an unblocked signal is pending; sleeping returns early */
    bool timed_out;
    struct list run;    /* in the run queue while READY */
    struct list all;    /* in sched_threads */
    struct timer timer; /* of sched_sleep */
    int *clear_tid;     /* CLONE_CHILD_CLEARTID: zeroed and woken (futex) at exit */
    void *robust;       /* struct robust_list_head of the program */
    char name[16];
    struct thread_signal sig;
    u64 cpu_ns; /* CPU time used before it was last put on the CPU (sched/account.h) */
    int nice;
};

extern struct thread sched_main; /* the first thread; tid == pid */
extern struct thread *sched_current_ptr;
static inline struct thread *sched_current(void)
{
    return sched_current_ptr;
}
extern struct list sched_threads; /* all living threads, through .all */
extern unsigned sched_count;

/* A thread with this tid, or 0. */
struct thread *sched_find(int tid);

/* Sleeps until sched_wake, the deadline (NEVER: none) or, if `interruptible`, a signal that is
 * ready. Returns 0 (woken), -ETIMEDOUT or -EINTR; -EINTR at once if a signal is ready. */
int sched_sleep(nsec_t deadline, bool interruptible);
/* Makes a sleeping thread ready; nothing if it is not asleep. Never sleeps. */
void sched_wake(struct thread *t);
/* A tick or a host signal came while the OS ran: takes it in, and gives way if the tick says so.
 * Called where system calls end. */
void sched_pending(void);
/* Lets other ready threads run; the current one stays ready. */
void sched_yield(void);

/* ---- wait queues ---- */
struct waiter;
struct waitq {
    struct list waiters;
};
#define WAITQ_INIT(q)                                                                              \
    {                                                                                              \
        LIST_INIT((q).waiters)                                                                     \
    }
/* `wake` is called by waitq_wake with its events; it must not sleep. It may delete the waiter.
 * It tells whether it took the events up: an exclusive waiter that did not leaves them to others.
 */
struct waiter {
    struct list node;
    bool (*wake)(struct waiter *w, u32 events);
    struct thread *thread; /* for waiter_thread */
    bool exclusive;        /* waitq_wake stops after the first exclusive one that took it up */
};
static inline void waitq_init(struct waitq *q)
{
    list_init(&q->waiters);
}
void waitq_add(struct waitq *q, struct waiter *w);
static inline void waitq_del(struct waiter *w)
{
    list_del(&w->node);
}
/* events: EPOLL* bits that became true, ~0 if not known. */
void waitq_wake(struct waitq *q, u32 events);
/* A waiter that wakes w->thread; true if that slept. */
bool waiter_thread(struct waiter *w, u32 events);
/* Sleeps on one queue: as sched_sleep, interruptible. */
int waitq_sleep(struct waitq *q, nsec_t deadline);

#endif
