/* Clocks and sleeping: order, resolution, absolute sleeps, EINTR with the time left. */
#include "t.h"
#include <pthread.h>
#include <sys/syscall.h>
#include <sys/time.h>

static volatile int hits;
static void on_signal(int sig)
{
    (void)sig;
    hits++;
}

static void *kick(void *arg)
{
    t_sleep_ms(40);
    pthread_kill(*(pthread_t *)arg, SIGUSR1);
    return 0;
}

static double sec(const struct timespec *t)
{
    return t->tv_sec + t->tv_nsec / 1e9;
}

int main(void)
{
    static const clockid_t ids[] = {CLOCK_REALTIME,
                                    CLOCK_MONOTONIC,
                                    CLOCK_PROCESS_CPUTIME_ID,
                                    CLOCK_THREAD_CPUTIME_ID,
                                    CLOCK_MONOTONIC_RAW,
                                    CLOCK_REALTIME_COARSE,
                                    CLOCK_MONOTONIC_COARSE,
                                    CLOCK_BOOTTIME,
                                    CLOCK_TAI,
                                    99,
                                    -1};
    struct timespec a, b, r;
    struct timeval tv;
    pthread_t self = pthread_self(), t;

    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        errno = 0;
        int e = clock_gettime(ids[i], &a), back = 0;
        say("clock %d: %d %s", (int)ids[i], e, t_errno(errno));
        if (e)
            continue;
        e = clock_getres(ids[i], &r);
        say("  resolution: %d %d", e, r.tv_sec == 0 && r.tv_nsec >= 1 && r.tv_nsec <= 10000000);
        for (int k = 0; k < 20000; k++) {
            clock_gettime(ids[i], &b);
            back += sec(&b) < sec(&a) || b.tv_nsec < 0 || b.tv_nsec > 999999999;
            a = b;
        }
        say("  backwards %d", back);
    }
    clock_gettime(CLOCK_REALTIME, &a);
    YES(a.tv_sec > 1700000000);
    YES(labs(time(0) - a.tv_sec) <= 1);
    gettimeofday(&tv, 0);
    YES(labs(tv.tv_sec - a.tv_sec) <= 1 && tv.tv_usec < 1000000);
    clock_gettime(CLOCK_MONOTONIC, &a);
    clock_gettime(CLOCK_BOOTTIME, &b);
    YES(sec(&b) >= sec(&a) - 0.1);
    R(clock_settime(CLOCK_MONOTONIC, &a));

    double t0 = t_now();
    R(nanosleep(&(struct timespec){0, 50000000}, 0));
    YES(t_now() - t0 >= 0.05 && t_now() - t0 < 1);
    R(nanosleep(&(struct timespec){0, 0}, 0));
    R(nanosleep(&(struct timespec){0, 1}, 0));
    R(nanosleep(&(struct timespec){0, 1000000000}, 0));
    R(nanosleep(&(struct timespec){-1, 0}, 0));
    R(nanosleep(&(struct timespec){0, -1}, 0));
    R(nanosleep(t_wild, 0));
    R(usleep(1000));
    t0 = t_now();
    for (int i = 0; i < 100; i++)
        usleep(200);
    YES(t_now() - t0 >= 0.02);

    signal(SIGUSR1, on_signal);
    pthread_create(&t, 0, kick, &self);
    R(nanosleep(&(struct timespec){5, 0}, &r));
    YES(sec(&r) > 4 && sec(&r) < 4.99);
    pthread_join(t, 0);
    pthread_create(&t, 0, kick, &self);
    RC(clock_nanosleep(CLOCK_MONOTONIC, 0, &(struct timespec){5, 0}, &r));
    YES(sec(&r) > 4 && sec(&r) < 4.99);
    pthread_join(t, 0);
    pthread_create(&t, 0, kick, &self);
    clock_gettime(CLOCK_REALTIME, &a);
    a.tv_sec += 5;
    r.tv_sec = 77;
    RC(clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &a, &r));
    V(r.tv_sec);
    pthread_join(t, 0);
    pthread_create(&t, 0, kick, &self);
    YES(sleep(5) >= 4);
    pthread_join(t, 0);
    V(hits);
    clock_gettime(CLOCK_MONOTONIC, &a);
    a.tv_nsec += 30000000;
    if (a.tv_nsec > 999999999)
        a.tv_sec++, a.tv_nsec -= 1000000000;
    RC(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &a, 0));
    clock_gettime(CLOCK_MONOTONIC, &b);
    YES(sec(&b) >= sec(&a));
    a.tv_sec -= 10;
    RC(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &a, 0));
    RC(clock_nanosleep(99, 0, &a, 0));
    RC(clock_nanosleep(CLOCK_THREAD_CPUTIME_ID, 0, &a, 0));
    R(syscall(SYS_clock_gettime, CLOCK_MONOTONIC, 8));

    /* CPU time moves when we compute and hardly when we sleep. */
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);
    t_sleep_ms(100);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b);
    YES(sec(&b) - sec(&a) < 0.09);
    t0 = t_now();
    while (t_now() - t0 < 0.1)
        ;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);
    YES(sec(&a) - sec(&b) > 0.01);
    YES(clock() > 0);
    return 0;
}
