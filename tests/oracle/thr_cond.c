/* Condition variables, rwlocks, barriers, spin locks, once, semaphores. */
#include "t.h"
#include <pthread.h>
#include <semaphore.h>

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t c = PTHREAD_COND_INITIALIZER, c2 = PTHREAD_COND_INITIALIZER;
static int queue[16], head, tail, turn, waiting, woken;
static long sum;
static pthread_rwlock_t rw = PTHREAD_RWLOCK_INITIALIZER;
static pthread_barrier_t bar;
static pthread_spinlock_t spin;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static sem_t sem;
static int once_ran, serials, together;

static struct timespec in_ms(clockid_t clock, long ms)
{
    struct timespec t;

    clock_gettime(clock, &t);
    t.tv_nsec += ms * 1000000;
    t.tv_sec += t.tv_nsec / 1000000000, t.tv_nsec %= 1000000000;
    return t;
}

static void *consumer(void *arg)
{
    for (;;) {
        pthread_mutex_lock(&m);
        while (head == tail)
            pthread_cond_wait(&c, &m);
        int v = queue[tail++ % 16];
        pthread_cond_signal(&c2);
        if (v >= 0)
            sum += v;
        pthread_mutex_unlock(&m);
        if (v < 0)
            return arg;
    }
}

static void put(int v)
{
    pthread_mutex_lock(&m);
    while (head - tail == 16)
        pthread_cond_wait(&c2, &m);
    queue[head++ % 16] = v;
    pthread_cond_signal(&c);
    pthread_mutex_unlock(&m);
}

static void *ping(void *arg)
{
    int me = (int)(long)arg;

    for (int i = 0; i < 500; i++) {
        pthread_mutex_lock(&m);
        while (turn != me)
            pthread_cond_wait(&c, &m);
        turn = (turn + 1) % 4;
        pthread_cond_broadcast(&c);
        pthread_mutex_unlock(&m);
    }
    return 0;
}

static void *wait_one(void *arg)
{
    pthread_mutex_lock(&m);
    waiting++;
    pthread_cond_wait(&c, &m);
    woken++;
    pthread_mutex_unlock(&m);
    return arg;
}

static void *try_rw(void *arg)
{
    int r = pthread_rwlock_tryrdlock(&rw), w = pthread_rwlock_trywrlock(&rw);
    struct timespec t = in_ms(CLOCK_REALTIME, 10);

    say("%s: read %s, write %s", (char *)arg, t_errno(r), t_errno(w));
    if (!w)
        pthread_rwlock_unlock(&rw);
    else
        say("  timed write %s", t_errno(pthread_rwlock_timedwrlock(&rw, &t)));
    if (!r)
        pthread_rwlock_unlock(&rw);
    return 0;
}

static void *rw_work(void *arg)
{
    for (int i = 0; i < 2000; i++) {
        if ((long)arg % 3 == 0) {
            pthread_rwlock_wrlock(&rw);
            sum++;
        } else {
            pthread_rwlock_rdlock(&rw);
        }
        pthread_rwlock_unlock(&rw);
    }
    return 0;
}

static void *at_barrier(void *arg)
{
    for (int i = 0; i < 50; i++) {
        __atomic_add_fetch(&together, 1, __ATOMIC_SEQ_CST);
        if (pthread_barrier_wait(&bar) == PTHREAD_BARRIER_SERIAL_THREAD)
            __atomic_add_fetch(&serials, 1, __ATOMIC_SEQ_CST);
        if (together < 5 * (i + 1))
            say("passed too early");
    }
    return arg;
}

static void *spinner(void *arg)
{
    for (int i = 0; i < 20000; i++) {
        pthread_spin_lock(&spin);
        sum++;
        pthread_spin_unlock(&spin);
    }
    return arg;
}

static void init_once(void)
{
    once_ran++;
    t_sleep_ms(5);
}

static void *do_once(void *arg)
{
    pthread_once(&once, init_once);
    return arg;
}

static void *sem_work(void *arg)
{
    for (int i = 0; i < 1000; i++) {
        sem_wait(&sem);
        int now = __atomic_add_fetch(&together, 1, __ATOMIC_SEQ_CST);
        if (now > 3)
            say("too many inside");
        if (i % 100 == 0)
            sched_yield();
        __atomic_sub_fetch(&together, 1, __ATOMIC_SEQ_CST);
        sem_post(&sem);
    }
    return arg;
}

static void run(int n, void *(*f)(void *))
{
    pthread_t t[20];

    for (long i = 0; i < n; i++)
        pthread_create(&t[i], 0, f, (void *)i);
    for (int i = 0; i < n; i++)
        pthread_join(t[i], 0);
}

int main(void)
{
    pthread_t t[20];
    struct timespec ts;

    for (int i = 0; i < 5; i++)
        pthread_create(&t[i], 0, consumer, 0);
    for (int i = 0; i < 20000; i++)
        put(i);
    for (int i = 0; i < 5; i++)
        put(-1);
    for (int i = 0; i < 5; i++)
        pthread_join(t[i], 0);
    V(sum);
    run(4, ping);
    V(turn);

    for (int i = 0; i < 10; i++)
        pthread_create(&t[i], 0, wait_one, 0);
    while (pthread_mutex_lock(&m), waiting < 10)
        pthread_mutex_unlock(&m), t_sleep_ms(1);
    pthread_cond_signal(&c);
    pthread_mutex_unlock(&m);
    t_sleep_ms(20);
    V(woken);
    pthread_cond_broadcast(&c);
    for (int i = 0; i < 10; i++)
        pthread_join(t[i], 0);
    V(woken);
    pthread_mutex_lock(&m);
    ts = in_ms(CLOCK_REALTIME, 30);
    double t0 = t_now();
    RC(pthread_cond_timedwait(&c, &m, &ts));
    YES(t_now() - t0 >= 0.029);
    ts = in_ms(CLOCK_REALTIME, -1000);
    RC(pthread_cond_timedwait(&c, &m, &ts));
    ts.tv_nsec = -1;
    RC(pthread_cond_timedwait(&c, &m, &ts));
    pthread_condattr_t ca;
    pthread_cond_t mono;
    pthread_condattr_init(&ca);
    RC(pthread_condattr_setclock(&ca, CLOCK_MONOTONIC));
    RC(pthread_condattr_setclock(&ca, CLOCK_PROCESS_CPUTIME_ID));
    pthread_cond_init(&mono, &ca);
    ts = in_ms(CLOCK_MONOTONIC, 20);
    RC(pthread_cond_timedwait(&mono, &m, &ts));
    pthread_mutex_unlock(&m);

    try_rw((void *)"free");
    pthread_rwlock_rdlock(&rw);
    pthread_create(t, 0, try_rw, (void *)"read locked"), pthread_join(t[0], 0);
    pthread_rwlock_unlock(&rw);
    pthread_rwlock_wrlock(&rw);
    pthread_create(t, 0, try_rw, (void *)"write locked"), pthread_join(t[0], 0);
    RC(pthread_rwlock_tryrdlock(&rw));
    pthread_rwlock_unlock(&rw);
    sum = 0;
    run(9, rw_work);
    V(sum);

    RC(pthread_barrier_init(&bar, 0, 0));
    RC(pthread_barrier_init(&bar, 0, 5));
    run(5, at_barrier);
    V(serials);
    RC(pthread_barrier_destroy(&bar));
    pthread_spin_init(&spin, 0);
    sum = 0;
    run(6, spinner);
    V(sum);
    pthread_spin_lock(&spin);
    RC(pthread_spin_trylock(&spin));
    pthread_spin_unlock(&spin);
    run(10, do_once);
    V(once_ran);

    together = 0;
    R(sem_init(&sem, 0, 3));
    run(8, sem_work);
    int v;
    R(sem_getvalue(&sem, &v));
    V(v);
    R(sem_trywait(&sem)), R(sem_trywait(&sem)), R(sem_trywait(&sem)), R(sem_trywait(&sem));
    ts = in_ms(CLOCK_REALTIME, 20);
    R(sem_timedwait(&sem, &ts));
    ts.tv_nsec = 1000000000;
    R(sem_timedwait(&sem, &ts));
    R(sem_post(&sem));
    R(sem_wait(&sem));
    R(sem_init(&sem, 0, 0x80000000u));
    sem_init(&sem, 0, 0x7fffffff);
    R(sem_post(&sem));
    return 0;
}
