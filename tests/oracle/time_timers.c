/* timer_create with SIGEV_SIGNAL, SIGEV_THREAD, SIGEV_NONE; setitimer; alarm. */
#include "t.h"
#include <pthread.h>
#include <semaphore.h>
#include <sys/time.h>

static volatile int alarms, values;
static sem_t sem;

static void on_alarm(int sig)
{
    (void)sig;
    alarms++;
}

static void on_timer(int sig, siginfo_t *si, void *uc)
{
    (void)sig, (void)uc;
    values += si->si_value.sival_int;
    if (si->si_code != SI_TIMER)
        values += 1000000;
}

static void in_thread(union sigval v)
{
    (void)v;
    sem_post(&sem);
}

static double sec(struct timespec t)
{
    return t.tv_sec + t.tv_nsec / 1e9;
}

int main(void)
{
    struct sigaction sa = {.sa_sigaction = on_timer, .sa_flags = SA_SIGINFO};
    struct sigevent ev = {
        .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN + 2, .sigev_value.sival_int = 7};
    struct itimerspec s = {{0, 0}, {0, 20000000}}, old;
    struct itimerval it = {{0, 0}, {0, 20000}}, oi;
    timer_t t, n, th;

    signal(SIGALRM, on_alarm);
    sigaction(SIGRTMIN + 2, &sa, 0);
    V(alarm(0));
    V(alarm(100));
    V(alarm(50));
    V(alarm(0));
    R(setitimer(ITIMER_REAL, &it, &oi));
    say("%ld %ld", (long)oi.it_value.tv_sec, (long)oi.it_value.tv_usec);
    R(getitimer(ITIMER_REAL, &oi));
    YES(oi.it_value.tv_usec > 0 && oi.it_value.tv_usec <= 20000);
    pause();
    V(alarms);
    it.it_interval.tv_usec = 5000, it.it_value.tv_usec = 5000;
    R(setitimer(ITIMER_REAL, &it, 0));
    while (alarms < 11)
        pause();
    memset(&it, 0, sizeof it);
    R(setitimer(ITIMER_REAL, &it, &oi));
    say("%ld", (long)oi.it_interval.tv_usec);
    it.it_value.tv_usec = 1000000;
    R(setitimer(ITIMER_REAL, &it, 0));
    R(setitimer(99, &oi, 0));
    R(getitimer(99, &oi));
    R(getitimer(ITIMER_REAL, t_wild));
    /* Virtual and profiling timers count CPU time. */
    signal(SIGVTALRM, on_alarm), signal(SIGPROF, on_alarm);
    alarms = 0;
    it.it_value.tv_usec = 30000;
    R(setitimer(ITIMER_PROF, &it, 0));
    double t0 = t_now();
    while (!alarms && t_now() - t0 < 5)
        ;
    V(alarms);

    R(timer_create(CLOCK_MONOTONIC, &ev, &t));
    R(timer_gettime(t, &old));
    say("%.0f", sec(old.it_value));
    R(timer_settime(t, 0, &s, &old));
    R(timer_gettime(t, &old));
    YES(sec(old.it_value) > 0 && sec(old.it_value) <= 0.02);
    while (!values)
        pause();
    V(values);
    s.it_interval.tv_nsec = s.it_value.tv_nsec = 3000000;
    R(timer_settime(t, 0, &s, 0));
    while (values < 7 * 6)
        pause();
    R(timer_delete(t));
    int at = values;
    t_sleep_ms(20);
    YES(values == at);

    /* Overruns: blocked, it is pending once and counts the rest. */
    sigset_t set, none;
    siginfo_t si;
    sigemptyset(&set), sigaddset(&set, SIGRTMIN + 2);
    sigprocmask(SIG_BLOCK, &set, &none);
    R(timer_create(CLOCK_REALTIME, &ev, &t));
    R(timer_settime(t, 0, &s, 0));
    t_sleep_ms(60);
    R(sigwaitinfo(&set, &si) == SIGRTMIN + 2);
    YES(timer_getoverrun(t) > 5);
    V(si.si_value.sival_int);
    R(timer_delete(t));
    R(sigtimedwait(&set, &si, &(struct timespec){0, 1000000}));
    sigprocmask(SIG_SETMASK, &none, 0);

    ev.sigev_notify = SIGEV_NONE;
    R(timer_create(CLOCK_MONOTONIC, &ev, &n));
    R(timer_settime(n, 0, &s, 0));
    t_sleep_ms(10);
    R(timer_gettime(n, &old));
    V(old.it_interval.tv_nsec);
    R(timer_delete(n));

    sem_init(&sem, 0, 0);
    struct sigevent te = {.sigev_notify = SIGEV_THREAD};
    te.sigev_notify_function = in_thread;
    R(timer_create(CLOCK_MONOTONIC, &te, &th));
    R(timer_settime(th, 0, &s, 0));
    for (int i = 0; i < 4; i++)
        R(sem_wait(&sem));
    R(timer_delete(th));

    ev.sigev_notify = SIGEV_SIGNAL;
    ev.sigev_signo = 999;
    R(timer_create(CLOCK_MONOTONIC, &ev, &t));
    ev.sigev_signo = SIGALRM;
    R(timer_create(99, &ev, &t));
    alarms = 0;
    R(timer_create(CLOCK_MONOTONIC, 0, &t)); /* SIGALRM by default */
    struct itimerspec abs_time;
    clock_gettime(CLOCK_MONOTONIC, &abs_time.it_value);
    memset(&abs_time.it_interval, 0, sizeof abs_time.it_interval);
    R(timer_settime(t, TIMER_ABSTIME, &abs_time, 0));
    t0 = t_now();
    while (!alarms && t_now() - t0 < 5)
        t_sleep_ms(1);
    V(alarms);
    s.it_value.tv_nsec = 1000000000;
    R(timer_settime(t, 0, &s, 0));
    R(timer_settime(t, 0, t_wild, 0));
    R(timer_delete(t));
    alarms = 0;
    V(alarm(1));
    R(pause());
    V(alarms);
    return 0;
}
