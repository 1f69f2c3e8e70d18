/* Six threads fault, signal themselves and the process, block, yield and compute under a fast
 * timer: nothing queued is lost, no register or FPU value changes, every fault is answered.
 * pith-test: mem=64M timeout=60
 */
#include "t.h"
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/time.h>

#define THREADS 6
#define PAGES 64
#define PAGE 4096

static atomic_long came, queued, faults, ticks, wrong;
static atomic_int stop;

static void on_value(int sig, siginfo_t *si, void *uc)
{
    volatile char scratch[512];
    double x = sig * 1.25;
    (void)si, (void)uc;
    memset((char *)scratch, sig, sizeof scratch);
    for (int k = 0; k < 50; k++)
        x = x * 1.0001 + 0.1;
    wrong += scratch[300] != sig || x < 1;
    came++;
    errno = 99;
}

static void on_fault(int sig, siginfo_t *si, void *uc)
{
    (void)sig, (void)uc;
    faults++;
    mprotect((void *)((unsigned long)si->si_addr & -PAGE), PAGE, PROT_READ | PROT_WRITE);
}

static void on_tick(int sig)
{
    (void)sig;
    ticks++;
}

static void block_a_moment(void)
{
    sigset_t all, old;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &old);
    usleep(1);
    pthread_sigmask(SIG_SETMASK, &old, 0);
}

static void compute(double *first)
{
    double x = 1;
    for (int i = 0; i < 3000; i++)
        x = x * 1.0000001 + 1e-9 * i;
    if (*first == 0)
        *first = x;
    wrong += *first != x;
}

static void *work(void *arg)
{
    char alt[16384], *p;
    stack_t ss = {.ss_sp = alt, .ss_size = sizeof alt};
    unsigned long r = (unsigned long)arg * 7919 + 1;
    double first = 0;
    sigaltstack(&ss, 0);
    p = mmap(0, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    while (!stop) {
        r = r * 6364136223846793005ul + 1442695040888963407ul;
        char *q = p + (r >> 40) % PAGES * PAGE;
        switch ((r >> 33) % 8) {
        case 0:
            mprotect(q, PAGE, PROT_NONE);
            *q = 1;
            break;
        case 1:
            queued += !sigqueue(getpid(), SIGRTMIN + (int)((r >> 50) % 8), (union sigval){0});
            break;
        case 2:
            queued += !pthread_kill(pthread_self(), SIGRTMIN);
            break;
        case 3:
            block_a_moment();
            break;
        case 4:
            sched_yield();
            break;
        default:
            compute(&first);
        }
    }
    return 0;
}

int main(void)
{
    struct sigaction sa = {.sa_sigaction = on_value};
    struct itimerval it = {{0, 700}, {0, 700}};
    pthread_t t[THREADS];

    sa.sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK;
    for (int i = 0; i < 8; i++)
        sigaction(SIGRTMIN + i, &sa, 0);
    sa.sa_sigaction = on_fault;
    sa.sa_flags = SA_SIGINFO | SA_NODEFER;
    sigaction(SIGSEGV, &sa, 0);
    sa = (struct sigaction){.sa_handler = on_tick, .sa_flags = SA_RESTART | SA_ONSTACK};
    sigaction(SIGALRM, &sa, 0);
    setitimer(ITIMER_REAL, &it, 0);

    for (long i = 0; i < THREADS; i++)
        pthread_create(&t[i], 0, work, (void *)i);
    double end = t_now() + 1.5;
    while (t_now() < end)
        usleep(10000);
    stop = 1;
    for (int i = 0; i < THREADS; i++)
        pthread_join(t[i], 0);
    memset(&it, 0, sizeof it);
    setitimer(ITIMER_REAL, &it, 0);
    V((long)wrong);
    YES(came == queued);
    YES(faults > 10);
    YES(ticks > 50);
    return 0;
}
