/* Signals and threads: directed ones, process-wide ones, faults in the right thread, waiting. */
#include "t.h"
#include <pthread.h>
#include <setjmp.h>
#include <sys/syscall.h>

static __thread int me;
static __thread sigjmp_buf back;
static volatile int last, hits[4], stop;

static void on_signal(int sig)
{
    (void)sig;
    last = me;
    hits[me]++;
}

static void on_segv(int sig, siginfo_t *si, void *uc)
{
    (void)sig, (void)uc;
    last = me;
    siglongjmp(back, (int)((long)si->si_addr & 0xfff));
}

static void *sleeper(void *arg)
{
    me = (int)(long)arg;
    while (!stop)
        t_sleep_ms(2);
    return 0;
}

static void *faulter(void *arg)
{
    int right = 0;

    me = (int)(long)arg;
    for (volatile int i = 0; i < 300; i++) {
        int r = sigsetjmp(back, 1);
        if (!r) {
            *(volatile char *)(uintptr_t)(0x100 * me + i % 100 + 1) = 1;
        } else if (r == 0x100 * me + i % 100 + 1) {
            right++;
        }
        if (i % 10 == 0)
            sched_yield();
    }
    return (void *)(long)right;
}

static void *waiter(void *arg)
{
    sigset_t *set = arg;
    int sig = 0, n = 0;

    while (sigwait(set, &sig) == 0 && sig != SIGTERM)
        n++;
    return (void *)(long)n;
}

int main(void)
{
    pthread_t t[4], w;
    struct sigaction sa = {.sa_handler = on_signal};
    sigset_t set, old;
    void *r;

    sigaction(SIGUSR1, &sa, 0);
    sigaction(SIGUSR2, &sa, 0);
    for (long i = 1; i < 4; i++)
        pthread_create(&t[i], 0, sleeper, (void *)i);
    t_sleep_ms(10);
    for (int i = 1; i < 4; i++) {
        last = -1;
        RC(pthread_kill(t[i], SIGUSR1));
        while (last < 0)
            t_sleep_ms(1);
        V(last);
    }
    last = -1;
    raise(SIGUSR1);
    V(last);
    RC(pthread_kill(t[1], 0));
    RC(pthread_kill(t[1], 99));
    R(syscall(SYS_tgkill, getpid(), gettid(), SIGUSR1));
    R(syscall(SYS_tgkill, getpid(), 0, SIGUSR1));
    R(syscall(SYS_tgkill, getpid(), -1, SIGUSR1));
    R(syscall(SYS_tgkill, getpid(), 99999999, SIGUSR1));
    R(syscall(SYS_tkill, gettid(), SIGUSR1));
    /* To the process: whoever does not block it. */
    sigemptyset(&set), sigaddset(&set, SIGUSR2);
    pthread_sigmask(SIG_BLOCK, &set, &old);
    memset((void *)hits, 0, sizeof hits);
    kill(getpid(), SIGUSR2);
    for (int i = 0; i < 1000 && hits[1] + hits[2] + hits[3] == 0; i++)
        t_sleep_ms(1);
    say("%d by main, %d by others", hits[0], hits[1] + hits[2] + hits[3]);
    stop = 1;
    for (int i = 1; i < 4; i++)
        pthread_join(t[i], 0);
    kill(getpid(), SIGUSR2);
    V(hits[0]);
    pthread_sigmask(SIG_SETMASK, &old, 0);
    V(hits[0]);

    sa = (struct sigaction){.sa_sigaction = on_segv, .sa_flags = SA_SIGINFO};
    sigaction(SIGSEGV, &sa, 0);
    for (long i = 1; i < 4; i++)
        pthread_create(&t[i], 0, faulter, (void *)i);
    for (int i = 1; i < 4; i++) {
        pthread_join(t[i], &r);
        say("thread %d: %ld of its own faults", i, (long)r);
    }

    sigemptyset(&set), sigaddset(&set, SIGUSR1), sigaddset(&set, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &set, 0);
    pthread_create(&w, 0, waiter, &set);
    for (int i = 0; i < 5; i++) {
        kill(getpid(), SIGUSR1);
        t_sleep_ms(10);
    }
    kill(getpid(), SIGTERM);
    pthread_join(w, &r);
    V(r);
    return 0;
}
