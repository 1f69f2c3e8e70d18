/* Blocked and pending signals, sigsuspend, sigwait and friends, queueing and order. */
#include "t.h"
#include <pthread.h>

static volatile int got[65], order[40], n_order;

static void on_signal(int sig)
{
    got[sig]++;
    if (n_order < 40)
        order[n_order++] = sig;
}

static void on_value(int sig, siginfo_t *si, void *uc)
{
    (void)sig, (void)uc;
    order[n_order++] = si->si_value.sival_int;
}

static void *kick(void *arg)
{
    t_sleep_ms(30);
    kill(getpid(), (int)(long)arg);
    return 0;
}

int main(void)
{
    sigset_t set, old, pend;
    siginfo_t si;
    struct timespec ts = {0, 10000000};
    pthread_t t;
    int sig;

    signal(SIGUSR1, on_signal), signal(SIGUSR2, on_signal), signal(SIGTERM, on_signal);
    sigemptyset(&set), sigaddset(&set, SIGUSR1), sigaddset(&set, SIGUSR2), sigaddset(&set, SIGTERM);
    R(sigprocmask(SIG_BLOCK, &set, &old));
    raise(SIGUSR1), raise(SIGUSR1), raise(SIGUSR1), kill(getpid(), SIGUSR2);
    V(got[SIGUSR1]);
    R(sigpending(&pend));
    say("%d %d %d", sigismember(&pend, SIGUSR1), sigismember(&pend, SIGUSR2),
        sigismember(&pend, SIGTERM));
    R(sigprocmask(SIG_SETMASK, &old, 0));
    say("%d %d", got[SIGUSR1], got[SIGUSR2]); /* standard signals do not queue */

    /* SIGKILL and SIGSTOP cannot be blocked. */
    sigfillset(&set);
    sigprocmask(SIG_SETMASK, &set, &old);
    sigprocmask(SIG_BLOCK, 0, &set);
    say("%d %d %d", sigismember(&set, SIGKILL), sigismember(&set, SIGSTOP),
        sigismember(&set, SIGHUP));
    sigprocmask(SIG_SETMASK, &old, 0);

    /* sigsuspend. */
    sigemptyset(&set), sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, 0);
    raise(SIGUSR1);
    R(sigsuspend(&old));
    V(got[SIGUSR1]);
    sigprocmask(SIG_BLOCK, 0, &set);
    V(sigismember(&set, SIGUSR1)); /* blocked again */
    pthread_create(&t, 0, kick, (void *)(long)SIGUSR2);
    sigset_t both = old;
    sigaddset(&both, SIGUSR1);
    R(sigsuspend(&both));
    pthread_join(t, 0);

    /* sigwait, sigwaitinfo, sigtimedwait. */
    sigemptyset(&set), sigaddset(&set, SIGUSR1), sigaddset(&set, SIGUSR2);
    sigprocmask(SIG_BLOCK, &set, 0);
    kill(getpid(), SIGUSR1);
    RC(sigwait(&set, &sig));
    V(sig);
    raise(SIGUSR2);
    R(sigwaitinfo(&set, &si));
    say("%d %d", si.si_signo, si.si_code);
    double t0 = t_now();
    R(sigtimedwait(&set, &si, &ts));
    YES(t_now() - t0 >= 0.0099);
    ts.tv_nsec = 0;
    R(sigtimedwait(&set, &si, &ts));
    ts.tv_nsec = 2000000000;
    R(sigtimedwait(&set, &si, &ts));
    pthread_create(&t, 0, kick, (void *)(long)SIGUSR2);
    RC(sigwait(&set, &sig));
    V(sig);
    pthread_join(t, 0);
    say("%d %d", got[SIGUSR1], got[SIGUSR2]);

    /* Real-time signals: all are queued, lowest number first, in order of sending. */
    struct sigaction sa = {.sa_sigaction = on_value, .sa_flags = SA_SIGINFO};
    sigfillset(&sa.sa_mask);
    sigemptyset(&set);
    for (int i = 0; i < 4; i++) {
        sigaction(SIGRTMIN + i, &sa, 0);
        sigaddset(&set, SIGRTMIN + i);
    }
    sigprocmask(SIG_BLOCK, &set, &old);
    n_order = 0;
    for (int i = 0; i < 12; i++)
        if (sigqueue(getpid(), SIGRTMIN + 3 - i % 4, (union sigval){.sival_int = i}))
            say("sigqueue: %s", t_errno(errno));
    sigprocmask(SIG_SETMASK, &old, 0);
    V(n_order);
    for (int i = 0; i < n_order; i++)
        say("%d", order[i]);
    /* Taken one by one with sigwaitinfo. */
    sigprocmask(SIG_BLOCK, &set, &old);
    for (int i = 0; i < 6; i++)
        sigqueue(getpid(), SIGRTMIN + i % 2, (union sigval){.sival_int = 100 + i});
    for (int i = 0; i < 6; i++) {
        int r = sigwaitinfo(&set, &si);
        say("%d %d %d", r - SIGRTMIN, si.si_int, si.si_code == SI_QUEUE);
    }
    sigprocmask(SIG_SETMASK, &old, 0);
    /* Many queued at once. */
    n_order = 0;
    signal(SIGRTMIN + 5, on_signal);
    sigemptyset(&set), sigaddset(&set, SIGRTMIN + 5);
    sigprocmask(SIG_BLOCK, &set, &old);
    int queued = 0;
    for (int i = 0; i < 500; i++)
        queued += sigqueue(getpid(), SIGRTMIN + 5, (union sigval){0}) == 0;
    sigprocmask(SIG_SETMASK, &old, 0);
    say("%d queued, %d delivered", queued, got[SIGRTMIN + 5]);
    return 0;
}
