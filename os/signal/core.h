/* Of os/signal and the signal calls alone: what is pending, what the program wants done, and how
 * the parts fit together.
 *
 *   send.c      chooses the thread for a signal, takes default actions         (kill, timers, ...)
 *   queue.c     holds what is pending                                          (with send.c)
 *   deliver.c   the dispositions; turns due signals into frames, and back      (rt_sigaction)
 *   host.c      host signals, both ways                        (rt_sigaction, sigwait, signalfd)
 *
 * Invariants
 *  - A signal that is pending and not blocked has a handler: default and ignored ones act when
 *    they are sent or unblocked. So sig_ready means: a handler is due.
 *  - t->sig_ready also says that a cancel request ends the call (signal_cancels).
 *  - t->sig_ready is kept true as long as such a signal is pending for t itself, or pending for
 *    the process and t was chosen or looked.
 */
#ifndef PITH_SIGNAL_CORE_H
#define PITH_SIGNAL_CORE_H

#include "signal/mask.h"
#include "signal/signal.h"

#include <linux/signal.h>

/* RLIMIT_SIGPENDING until the program changes it. */
#define SIGNAL_QUEUE_DEFAULT 4096

struct signal_entry {
    struct list node;
    siginfo_t info;
    /* The entry has left its queue, taken by a thread or dropped; 0 = mem_free it. It may change
     * info for whom it is taken, and must not sleep. */
    void (*left)(struct signal_entry *e, bool taken);
};

/* Pending for the process. */
struct signal_shared {
    sigset_os pending;
    struct list queue;
    unsigned queued; /* entries that came from mem_alloc, of all threads */
};
extern struct signal_shared signal_shared;
extern unsigned signal_queue_max WEAK;

/* What the program wants done: as the kernel's struct sigaction. */
struct signal_action {
    u64 handler; /* SIG_DFL 0, SIG_IGN 1 */
    u64 flags;
    u64 restorer;
    sigset_os mask;
};
#define SIGNAL_DFL 0ul
#define SIGNAL_IGN 1ul
/* The disposition of a signal; absent (all are SIG_DFL) where none can be changed. */
struct signal_action *signal_action(int signal) WEAK;

enum signal_default { SIGNAL_DIES, SIGNAL_NOTHING, SIGNAL_STOPS };
enum signal_default signal_default(int signal);

/* What a signal without a handler does, now. */
void signal_act(int signal);

/* Sends what info says (si_signo, ...) to t, or to the process (t = 0). 0, or -EAGAIN where the
 * queue is full and the sender must know. Never sleeps. */
int signal_send_info(struct thread *t, const siginfo_t *info);
/* The same with an entry of the caller's; nothing if it is still queued. */
void signal_send_entry(struct thread *t, struct signal_entry *e);
/* Takes the entry back if it is queued. */
void signal_unsend(struct signal_entry *e);

/* Takes the next pending signal of `set` for the current thread: its number with *info filled in,
 * or 0. Those of the thread come first, then the lowest number, then the oldest. */
int signal_take(sigset_os set, siginfo_t *info);
/* Drops all that is pending of `set`, for everyone; for one thread or (t = 0) the process. */
void signal_drop(sigset_os set);
void signal_drop_thread(struct thread *t, sigset_os set);
/* The queue of a thread or (t = 0) the process. */
struct list *signal_queue(struct thread *t);

static inline sigset_os signal_pending(const struct thread *t)
{
    return t->sig.pending | signal_shared.pending;
}
/* The C library's signal of pthread_cancel: at a cancellation point it ends a sleep even where it
 * is blocked (third_party/musl/README.md, rule 1). */
#define SIGNAL_CANCEL 33
static inline bool signal_cancels(const struct thread *t)
{
    return t->sig.cancel && t->sig.pending & SIG_BIT(SIGNAL_CANCEL);
}
/* Something to run a handler for. */
static inline bool signal_due(const struct thread *t)
{
    return signal_pending(t) & ~t->sig.mask & ~t->sig.waiting;
}
/* Brings t->sig_ready up to date. */
static inline void signal_recalc(struct thread *t)
{
    t->sig_ready = signal_due(t) || signal_cancels(t);
}

/* A descriptor of signalfd may have become readable: 0 where none exists. */
void signal_tell_fds(struct thread *t) WEAK;

/* Links all that runs handlers, and lets upcalls in. */
void signal_handlers_enable(void);

/* The host is told at once, or a little later if nothing else happens to the masks meanwhile,
 * which signals it must hold or pass on. The weak names are for those that only block. */
void signal_host_tell(void);
void signal_host_tell_now(void) WEAK;
void signal_host_tell_later(void) WEAK;
/* What all descriptors of signalfd wait for; 0 where none exists. */
sigset_os signal_fd_set(void) WEAK;

/* Is sp on the alternate stack of t? */
static inline bool signal_on_alt(const struct thread *t, u64 sp)
{
    return sp > t->sig.alt_sp && sp - t->sig.alt_sp <= t->sig.alt_size;
}

/* Of the identity calls: the real user id; 0 in a program that never changes who it is. */
u32 id_uid(void) WEAK;
/* siginfo of kill and its like. */
void signal_info_user(siginfo_t *info, int signal, int code);

#endif
