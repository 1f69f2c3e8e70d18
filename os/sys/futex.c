/* futex (Linux futex(2)): waiting, waking, requeueing, priority-inheritance locks (without the
 * inheritance: all threads here have one priority).
 *
 * Waiters hang in buckets by address, in order of arrival. A waiter lies on its thread's stack
 * and is off the list when the thread returns.
 */
#include "base/uaccess.h"
#include "sched/thread.h"
#include "sys/futex.h"
#include "sys/restart.h"
#include "sys/thread.h"

#include <linux/futex.h>
#include <linux/time_types.h>

#define BUCKETS 64

struct fwaiter {
    struct list node;
    struct thread *thread;
    u32 *addr;
    u32 bits;
    bool woken;
};

static struct list buckets[BUCKETS];

static struct list *bucket(const u32 *addr)
{
    struct list *b = &buckets[((u64)addr >> 2 ^ (u64)addr >> 12) % BUCKETS];
    if (!b->next)
        list_init(b);
    return b;
}

static void wake_one(struct fwaiter *w)
{
    list_del(&w->node);
    w->woken = true;
    sched_wake(w->thread);
}

int futex_wake(u32 *addr, int n, u32 bits)
{
    int woken = 0;
    list_foreach_safe(it, bucket(addr))
    {
        struct fwaiter *w = list_entry(it, struct fwaiter, node);
        if (woken >= n)
            break;
        if (w->addr != addr || !(w->bits & bits))
            continue;
        wake_one(w);
        woken++;
    }
    return woken;
}

/* Sleeps on addr until woken: 0, -ETIMEDOUT, -ERESTARTSYS. */
static long sleep_on(u32 *addr, u32 bits, nsec_t deadline)
{
    struct fwaiter w = {.thread = sched_current(), .addr = addr, .bits = bits};
    list_add_tail(bucket(addr), &w.node);
    int r = 0;
    while (!w.woken && !r)
        r = sched_sleep(deadline, true);
    list_del(&w.node);
    if (w.woken)
        return 0;
    return r == -EINTR ? -ERESTARTSYS : r;
}

static long wait(u32 *addr, u32 val, u32 bits, nsec_t deadline)
{
    u32 now;
    if (USER_GET(&now, addr) < 0)
        return -EFAULT;
    if (now != val)
        return -EAGAIN;
    long r = sleep_on(addr, bits, deadline);
    return r == -ERESTARTSYS && deadline != NEVER ? -EINTR : r; /* with a limit: never again */
}

static long requeue(u32 *from, int wake, int move, u32 *to)
{
    int woken = futex_wake(from, wake, ~0u), moved = 0;
    list_foreach_safe(it, bucket(from))
    {
        struct fwaiter *w = list_entry(it, struct fwaiter, node);
        if (moved >= move)
            break;
        if (w->addr != from)
            continue;
        list_del(&w->node);
        w->addr = to;
        list_add_tail(bucket(to), &w->node);
        moved++;
    }
    return woken + moved;
}

static s32 sign_extend12(u32 v)
{
    return (s32)(v << 20) >> 20;
}

static long wake_op(u32 *addr, int n1, int n2, u32 *addr2, u32 code)
{
    u32 old;
    if (USER_GET(&old, addr2) < 0)
        return -EFAULT;
    u32 op = code >> 28 & 7, cmp = code >> 24 & 15; /* bit 31: FUTEX_OP_OPARG_SHIFT */
    s32 arg = sign_extend12(code >> 12 & 0xfff), cmparg = sign_extend12(code & 0xfff);
    if (code >> 28 & FUTEX_OP_OPARG_SHIFT) /* the operand is a bit number */
        arg = 1 << (arg & 31);
    u32 results[] = {(u32)arg, old + (u32)arg, old | (u32)arg, old & ~(u32)arg, old ^ (u32)arg};
    if (op >= ARRAY_SIZE(results) || cmp > FUTEX_OP_CMP_GE)
        return -ENOSYS;
    if (USER_PUT(addr2, &results[op]) < 0)
        return -EFAULT;
    s32 v = (s32)old;
    bool truths[] = {v == cmparg, v != cmparg, v<cmparg, v <= cmparg, v> cmparg, v >= cmparg};
    int woken = futex_wake(addr, n1, ~0u);
    return truths[cmp] ? woken + futex_wake(addr2, n2, ~0u) : woken;
}

/* PI locks: the word is the owner's tid, with FUTEX_WAITERS while somebody waits. */
static long lock_pi(u32 *addr, bool try, nsec_t deadline)
{
    u32 self = (u32)sched_current()->tid, word;
    for (;;) {
        if (USER_GET(&word, addr) < 0)
            return -EFAULT;
        u32 owner = word & FUTEX_TID_MASK;
        if (owner == self)
            return -EDEADLK;
        if (!owner) {
            word = self | (word & (FUTEX_WAITERS | FUTEX_OWNER_DIED));
            return USER_PUT(addr, &word);
        }
        if (try)
            return -EAGAIN;
        if (!sched_find((int)owner))
            return -ESRCH;
        word |= FUTEX_WAITERS;
        if (USER_PUT(addr, &word) < 0)
            return -EFAULT;
        long r = sleep_on(addr, ~0u, deadline);
        if (r < 0 && r != -ERESTARTSYS)
            return r;
        if (USER_GET(&word, addr) == 0 && (word & FUTEX_TID_MASK) == self)
            return 0; /* handed over by unlock_pi */
        if (r)
            return r;
    }
}

static long unlock_pi(u32 *addr)
{
    u32 word;
    if (USER_GET(&word, addr) < 0)
        return -EFAULT;
    if ((word & FUTEX_TID_MASK) != (u32)sched_current()->tid)
        return -EPERM;
    struct fwaiter *next = NULL;
    u32 more = 0;
    list_foreach(it, bucket(addr))
    {
        struct fwaiter *w = list_entry(it, struct fwaiter, node);
        if (w->addr == addr && next)
            more = FUTEX_WAITERS;
        else if (w->addr == addr)
            next = w;
    }
    word = next ? (u32)next->thread->tid | more : 0;
    if (USER_PUT(addr, &word) < 0)
        return -EFAULT;
    if (next)
        wake_one(next);
    return 0;
}

/* The mono deadline of a timeout: relative for FUTEX_WAIT, absolute for the others. */
static int deadline_of(const void *timeout, int op, nsec_t *deadline)
{
    int cmd = op & FUTEX_CMD_MASK;
    struct __kernel_timespec ts;
    *deadline = NEVER;
    bool waits = cmd == FUTEX_WAIT || cmd == FUTEX_WAIT_BITSET || cmd == FUTEX_LOCK_PI ||
                 cmd == FUTEX_LOCK_PI2;
    if (!timeout || !waits)
        return 0;
    if (USER_GET(&ts, (const struct __kernel_timespec *)timeout) < 0)
        return -EFAULT;
    if (ts.tv_sec < 0 || (u64)ts.tv_nsec >= NSEC_PER_SEC)
        return -EINVAL;
    if ((u64)ts.tv_sec >= NEVER / NSEC_PER_SEC / 2)
        return 0;
    nsec_t t = (nsec_t)ts.tv_sec * NSEC_PER_SEC + (nsec_t)ts.tv_nsec;
    if (cmd == FUTEX_WAIT)
        t += time_mono();
    else if (cmd == FUTEX_LOCK_PI || op & FUTEX_CLOCK_REALTIME)
        t = t - time_real() + time_mono() > NEVER / 2 ? 0 : t - time_real() + time_mono();
    *deadline = t;
    return 0;
}

long pith_sys_futex(u32 *addr, int op, u32 val, const void *timeout, u32 *addr2, u32 val3)
{
    nsec_t deadline;
    u32 word, val2 = (u32)(u64)timeout;
    int cmd = op & FUTEX_CMD_MASK;
    if ((u64)addr & 3)
        return -EINVAL;
    int err = deadline_of(timeout, op, &deadline);
    if (err)
        return err;
    switch (cmd) {
    case FUTEX_WAIT:
        SYS_RETURN(wait(addr, val, ~0u, deadline));
    case FUTEX_WAIT_BITSET:
        if (!val3)
            return -EINVAL;
        SYS_RETURN(wait(addr, val, val3, deadline));
    case FUTEX_WAKE:
    case FUTEX_WAKE_BITSET:
        if (cmd == FUTEX_WAKE_BITSET && !val3)
            return -EINVAL;
        return futex_wake(addr, (int)val, cmd == FUTEX_WAKE ? ~0u : val3);
    case FUTEX_CMP_REQUEUE:
        if (USER_GET(&word, addr) < 0)
            return -EFAULT;
        if (word != val3)
            return -EAGAIN;
        __attribute__((fallthrough));
    case FUTEX_REQUEUE:
        if ((int)val < 0 || (int)val2 < 0)
            return -EINVAL;
        return requeue(addr, (int)val, (int)val2, addr2);
    case FUTEX_WAKE_OP:
        return wake_op(addr, (int)val, (int)val2, addr2, val3);
    case FUTEX_LOCK_PI:
    case FUTEX_LOCK_PI2:
        SYS_RETURN(lock_pi(addr, false, deadline));
    case FUTEX_TRYLOCK_PI:
        return lock_pi(addr, true, NEVER);
    case FUTEX_UNLOCK_PI:
        return unlock_pi(addr);
    default:
        return -ENOSYS;
    }
}
