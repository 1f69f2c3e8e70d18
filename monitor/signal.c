/* Host signals: which of them the guest wants, and what becomes of one that arrives.
 *
 * Dispositions are changed only for signals the guest names in PITH_HC_SIGNALS, and for those
 * the monitor needs itself:
 *   SIGSEGV SIGBUS SIGILL SIGFPE SIGTRAP SIGSYS   faults of guest code (process), of the monitor
 *   SIGPIPE                                       caught: a write answers EPIPE
 *   MON_TIMER_SIGNAL                              the timer, once there is one
 * All others stay as inherited, so that nohup and job control work as with any program.
 */
#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "control.h"

#define BIT(sig) (1ull << ((sig)-1))
#define FAULTS (BIT(SIGSEGV) | BIT(SIGBUS) | BIT(SIGILL) | BIT(SIGFPE) | BIT(SIGTRAP) | BIT(SIGSYS))

struct mon *mon_self;

/* The kernel's own structure: a libc's sigaction makes calls the start path does without. */
struct kernel_sigaction {
    void *handler;
    unsigned long flags;
    void (*restorer)(void);
    uint64_t mask;
};
#define SA_RESTORER_FLAG 0x04000000ul

__asm__(".pushsection .text\n"
        ".hidden mon_sigreturn\n"
        ".globl mon_sigreturn\n"
        "mon_sigreturn: mov $15, %eax\n" /* rt_sigreturn */
        "syscall\n"
        ".popsection");
void mon_sigreturn(void);

int mon_sigaction(int sig, void (*handler)(int, void *, void *), unsigned long flags)
{
    /* Nothing interrupts a handler but a fault in it. */
    struct kernel_sigaction action = {.handler = (void *)(uintptr_t)handler,
                                      .flags = flags | SA_RESTORER_FLAG,
                                      .restorer = mon_sigreturn,
                                      .mask = ~(uint64_t)FAULTS};
    return syscall(SYS_rt_sigaction, sig, &action, NULL, 8) < 0 ? -errno : 0;
}

static int catch_signal(struct mon *m, int sig)
{
    return mon_sigaction(sig, m->machine->on_signal, SA_SIGINFO | SA_ONSTACK);
}

static void set_default(int sig)
{
    mon_sigaction(sig, (void (*)(int, void *, void *))(uintptr_t)SIG_DFL, 0);
}

static void set_ignored(int sig)
{
    mon_sigaction(sig, (void (*)(int, void *, void *))(uintptr_t)SIG_IGN, 0);
}

int mon_signals_start(struct mon *m, struct host_error *err)
{
    static const uint8_t own[] = {SIGSEGV, SIGBUS, SIGILL,  SIGFPE,
                                  SIGTRAP, SIGSYS, SIGPIPE, MON_TIMER_SIGNAL};
    mon_self = m;
    for (unsigned i = 0; i < sizeof own; i++)
        if (catch_signal(m, own[i]))
            return host_fail(err, "signal %d cannot be caught: %s", own[i], strerror(errno));
    return 0;
}

long mon_signals(struct mon *m, uint64_t caught, uint64_t ignored)
{
    struct mon_run *run = m->common;
    const uint64_t fixed = BIT(SIGKILL) | BIT(SIGSTOP);
    const uint64_t ours = FAULTS | BIT(SIGPIPE) | BIT(MON_TIMER_SIGNAL) |
                          (mon_control_fd() < 0 ? 0 : BIT(MON_CONTROL_SIGNAL));
    caught &= ~fixed;
    ignored &= ~fixed & ~caught;
    uint64_t changed = ((caught ^ run->caught) | (ignored ^ run->ignored)) & ~ours;
    run->caught = caught;
    run->ignored = ignored;
    for (; changed; changed &= changed - 1) {
        int sig = __builtin_ctzll(changed) + 1;
        if (caught & BIT(sig))
            catch_signal(m, sig);
        else if (ignored & BIT(sig))
            set_ignored(sig);
        else
            set_default(sig);
    }
    return 0;
}

/* A signal that the monitor catches for itself was sent by somebody, and the guest neither
 * catches nor ignores it: what it would have done to any process. */
static void act_as_default(int sig)
{
    set_default(sig);
    syscall(SYS_kill, getpid(), sig);
    /* Blocked while its handler runs: it acts when the handler returns. */
}

void mon_signal(struct mon *m, int sig, void *info)
{
    const siginfo_t *si = info;
    struct mon_run *run = m->common;
    int saved = errno;
    if (sig == MON_TIMER_SIGNAL && si->si_code == SI_TIMER) {
        mon_timer_fired(m);
    } else if (sig == MON_CONTROL_SIGNAL && si->si_code > 0) {
        run->look = true;
    } else if (sig == SIGCHLD && si->si_code > 0) {
        /* The kernel's: the network's helper has ended. A guest has no children. */
    } else if (run->caught & BIT(sig)) {
        /* Our own write to a closed pipe: the guest gets EPIPE and raises it itself. */
        if (!(sig == SIGPIPE && si->si_pid == getpid())) {
            __atomic_fetch_or(&m->vcpu->signals, BIT(sig), __ATOMIC_RELAXED);
            __atomic_fetch_or(&m->vcpu->pending, PITH_PEND_SIGNAL, __ATOMIC_RELEASE);
        }
    } else if (!(run->ignored & BIT(sig)) && !(sig == SIGPIPE && si->si_pid == getpid())) {
        act_as_default(sig);
    }
    /* See run.h: whoever was about to sleep does not. */
    if (__atomic_load_n(&m->vcpu->pending, __ATOMIC_RELAXED) || run->look) {
        run->sleep.tv_sec = 0;
        run->sleep.tv_nsec = 0;
    }
    errno = saved;
}

long mon_stop(struct mon *m, uint64_t sig)
{
    struct mon_run *run = m->common;
    if (sig != SIGSTOP && sig != SIGTSTP && sig != SIGTTIN && sig != SIGTTOU)
        return -EINVAL;
    mon_serve_first(m);
    bool own = sig != SIGSTOP && ((run->caught | run->ignored) & BIT(sig));
    if (own)
        set_default((int)sig);
    syscall(SYS_kill, getpid(), (int)sig);
    if (own && (run->caught & BIT(sig)))
        catch_signal(m, (int)sig);
    else if (own)
        set_ignored((int)sig);
    return 0;
}
