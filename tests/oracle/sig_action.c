/* sigaction: flags, masks while handling, nesting, resetting, siginfo fields, refusals. */
#include "t.h"
#include <ucontext.h>

static int depth, deepest, count;
static char *trace[40];

static void plain(int sig)
{
    say("handler %s", t_signal(sig));
}

static void nested(int sig)
{
    count++;
    if (++depth > deepest)
        deepest = depth;
    if (count < 5)
        raise(sig);
    depth--;
}

static void masks(int sig)
{
    sigset_t now;

    sigprocmask(SIG_BLOCK, 0, &now);
    say("in %s: USR1 %d USR2 %d TERM %d", t_signal(sig), sigismember(&now, SIGUSR1),
        sigismember(&now, SIGUSR2), sigismember(&now, SIGTERM));
}

static void changes(int sig)
{
    sigset_t all;

    (void)sig;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, 0); /* undone by the return */
}

static void info(int sig, siginfo_t *si, void *context)
{
    ucontext_t *uc = context;

    say("%s: signo %d code %d errno %d mine %d value %d, context %s", t_signal(sig), si->si_signo,
        si->si_code, si->si_errno, si->si_pid == getpid(), si->si_code == SI_QUEUE ? si->si_int : 0,
        uc && uc->uc_mcontext.gregs[REG_RIP] ? "there" : "missing");
}

static void unblock_in_context(int sig, siginfo_t *si, void *context)
{
    (void)sig, (void)si;
    sigdelset(&((ucontext_t *)context)->uc_sigmask, SIGUSR2);
}

int main(void)
{
    struct sigaction sa = {0}, old;
    sigset_t set;

    (void)trace;
    sa.sa_handler = plain;
    R(sigaction(SIGUSR1, &sa, &old));
    YES(old.sa_handler == SIG_DFL);
    R(raise(SIGUSR1));
    R(kill(getpid(), SIGUSR1));
    R(sigaction(SIGUSR1, 0, &old));
    YES(old.sa_handler == plain);

    sa.sa_flags = SA_RESETHAND;
    sigaction(SIGUSR1, &sa, 0);
    raise(SIGUSR1);
    sigaction(SIGUSR1, 0, &old);
    YES(old.sa_handler == SIG_DFL);

    sa.sa_handler = nested, sa.sa_flags = 0;
    sigaction(SIGUSR1, &sa, 0);
    raise(SIGUSR1);
    say("deferred: %d calls, %d deep", count, deepest);
    count = deepest = 0;
    sa.sa_flags = SA_NODEFER;
    sigaction(SIGUSR1, &sa, 0);
    raise(SIGUSR1);
    say("nodefer: %d calls, %d deep", count, deepest);

    sa.sa_handler = masks, sa.sa_flags = 0;
    sigemptyset(&sa.sa_mask), sigaddset(&sa.sa_mask, SIGTERM);
    sigaction(SIGUSR1, &sa, 0);
    raise(SIGUSR1);
    sa.sa_flags = SA_NODEFER;
    sigaction(SIGUSR2, &sa, 0);
    raise(SIGUSR2);
    sigprocmask(SIG_BLOCK, 0, &set);
    V(sigismember(&set, SIGTERM));
    sa.sa_handler = changes;
    sigaction(SIGUSR2, &sa, 0);
    raise(SIGUSR2);
    sigprocmask(SIG_BLOCK, 0, &set);
    say("%d %d", sigismember(&set, SIGHUP), sigismember(&set, SIGUSR2));

    sigemptyset(&sa.sa_mask);
    sa.sa_sigaction = info, sa.sa_flags = SA_SIGINFO;
    sigaction(SIGUSR1, &sa, 0);
    sigaction(SIGRTMIN, &sa, 0);
    raise(SIGUSR1);
    kill(getpid(), SIGUSR1);
    R(sigqueue(getpid(), SIGUSR1, (union sigval){.sival_int = 99}));
    R(sigqueue(getpid(), SIGRTMIN, (union sigval){.sival_int = -5}));

    /* A handler may edit the mask it returns to. */
    sigset_t usr2;
    sigemptyset(&usr2), sigaddset(&usr2, SIGUSR2);
    signal(SIGUSR2, plain);
    sigprocmask(SIG_BLOCK, &usr2, 0);
    raise(SIGUSR2);
    sa.sa_sigaction = unblock_in_context;
    sigaction(SIGUSR1, &sa, 0);
    say("before");
    raise(SIGUSR1);
    say("after");

    signal(SIGTERM, SIG_IGN);
    R(raise(SIGTERM));
    YES(signal(SIGTERM, SIG_DFL) == SIG_IGN);
    /* Ignored by default. */
    R(raise(SIGCHLD)), R(raise(SIGURG)), R(raise(SIGWINCH)), R(raise(SIGCONT));
    /* Ignoring drops what is pending. */
    signal(SIGUSR2, plain);
    sigprocmask(SIG_BLOCK, &usr2, 0);
    raise(SIGUSR2);
    signal(SIGUSR2, SIG_IGN);
    sigpending(&set);
    V(sigismember(&set, SIGUSR2));
    signal(SIGUSR2, plain);
    sigprocmask(SIG_UNBLOCK, &usr2, 0);

    R(sigaction(SIGKILL, &sa, 0));
    R(sigaction(SIGSTOP, &sa, 0));
    R(sigaction(SIGKILL, 0, &old));
    R(sigaction(0, &sa, 0));
    R(sigaction(65, &sa, 0));
    R(sigaction(-1, &sa, 0));
    R(sigaction(32, &sa, 0));
    R((long)signal(SIGKILL, SIG_IGN));
    R(kill(getpid(), 0));
    R(kill(getpid(), 65));
    R(kill(getpid(), -1));
    R(kill(999999999, SIGUSR1));
    R(raise(0));
    R(raise(99));
    R(sigqueue(getpid(), 99, (union sigval){0}));
    R(sigprocmask(77, &set, 0));
    R(sigaddset(&set, 0));
    R(sigaddset(&set, 65));
    R(sigismember(&set, 99));
    R(siginterrupt(SIGUSR1, 1));
    return 0;
}
