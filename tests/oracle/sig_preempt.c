/* Computing without a call: timers, other threads and signals reach it all the same. */
#include "t.h"
#include <pthread.h>
#include <setjmp.h>
#include <sys/time.h>

static volatile int stop, ticks;
static volatile unsigned long spins[3], sum;
static sigjmp_buf out;

static void on_alarm(int sig)
{
    (void)sig;
    stop = 1;
}

static void on_tick(int sig)
{
    (void)sig;
    ticks++;
}

static void leave(int sig)
{
    siglongjmp(out, sig);
}

static void *spin(void *arg)
{
    volatile unsigned long *n = arg;

    while (!stop)
        ++*n;
    return 0;
}

static void *forever(void *arg)
{
    for (;;)
        __asm__ volatile("" ::"r"(arg));
    return 0;
}

int main(void)
{
    pthread_t t[3];
    struct itimerval it = {{0, 2000}, {0, 2000}};

    signal(SIGALRM, on_alarm);
    alarm(1);
    while (!stop)
        ;
    say("an alarm ended the loop");

    stop = 0;
    for (int i = 0; i < 3; i++)
        pthread_create(&t[i], 0, spin, (void *)&spins[i]);
    t_sleep_ms(200); /* main sleeps, wakes among three that never call */
    stop = 1;
    for (int i = 0; i < 3; i++)
        pthread_join(t[i], 0);
    YES(spins[0] > 1000 && spins[1] > 1000 && spins[2] > 1000);

    /* A loop waits for a variable that only another thread writes. */
    stop = 0;
    pthread_create(t, 0, spin, (void *)&spins[0]);
    unsigned long at = spins[0];
    while (spins[0] < at + 1000)
        ;
    stop = 1;
    pthread_join(t[0], 0);
    say("saw the other thread move");

    /* 100 timer signals into floating point work: no register is lost. */
    signal(SIGALRM, on_tick);
    setitimer(ITIMER_REAL, &it, 0);
    double x = 0, y = 1;
    unsigned long a = 1;
    long n = 0;
    while (ticks < 100) {
        for (int i = 0; i < 1000; i++) {
            x += 0.5, y *= 1.0000000001, a = a * 6364136223846793005ul + 1;
            n++;
        }
    }
    memset(&it, 0, sizeof it);
    setitimer(ITIMER_REAL, &it, 0);
    YES(x == n * 0.5 && y > 1);
    unsigned long b = 1;
    for (long i = 0; i < n; i++)
        b = b * 6364136223846793005ul + 1;
    YES(a == b);

    /* Out of an endless loop by siglongjmp. */
    signal(SIGALRM, leave);
    it.it_value.tv_usec = 20000;
    int rounds = 0;
    for (volatile int i = 0; i < 5; i++) {
        if (sigsetjmp(out, 1) == 0) {
            setitimer(ITIMER_REAL, &it, 0);
            for (;;)
                sum++;
        }
        rounds = i + 1;
    }
    V(rounds);
    /* exit while two threads loop forever. */
    pthread_create(&t[0], 0, forever, 0);
    pthread_create(&t[1], 0, forever, 0);
    t_sleep_ms(20);
    say("leaving");
    return 4;
}
