/* Mutexes of every type, robust ones, timed locks, and counting under contention. */
#include "t.h"
#include <pthread.h>

static pthread_mutex_t m, rob;
static long counter;
static int type_seen;

static void *count_up(void *arg)
{
    for (int i = 0; i < 20000; i++) {
        pthread_mutex_lock(&m);
        counter++;
        if (i % 1000 == 0)
            sched_yield();
        pthread_mutex_unlock(&m);
    }
    return arg;
}

static void *trylock(void *arg)
{
    return (void *)(long)pthread_mutex_trylock(arg);
}

static void *unlock(void *arg)
{
    return (void *)(long)pthread_mutex_unlock(arg);
}

static void *die_holding(void *arg)
{
    pthread_mutex_lock(arg);
    return 0;
}

static int other(void *(*f)(void *), void *arg)
{
    pthread_t t;
    void *r;

    pthread_create(&t, 0, f, arg);
    pthread_join(t, &r);
    return (int)(long)r;
}

static struct timespec in_ms(long ms)
{
    struct timespec t;

    clock_gettime(CLOCK_REALTIME, &t);
    t.tv_nsec += ms * 1000000;
    t.tv_sec += t.tv_nsec / 1000000000, t.tv_nsec %= 1000000000;
    return t;
}

int main(void)
{
    static const int types[] = {PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_RECURSIVE,
                                PTHREAD_MUTEX_ERRORCHECK};
    static const char *const names[] = {"normal", "recursive", "errorcheck"};
    pthread_mutexattr_t a;
    pthread_t t[8];
    struct timespec ts;

    for (int i = 0; i < 3; i++) {
        say("%s", names[i]);
        pthread_mutexattr_init(&a);
        RC(pthread_mutexattr_settype(&a, types[i]));
        pthread_mutexattr_gettype(&a, &type_seen);
        V(type_seen == types[i]);
        RC(pthread_mutex_init(&m, &a));
        RC(pthread_mutex_lock(&m));
        RC(pthread_mutex_trylock(&m));
        if (i)
            RC(pthread_mutex_lock(&m));
        ts = in_ms(20);
        RC(pthread_mutex_timedlock(&m, &ts));
        RC(other(trylock, &m));
        if (i)
            RC(other(unlock, &m));
        RC(pthread_mutex_unlock(&m));
        RC(other(trylock, &m) == 0 ? 0 : EBUSY);
        pthread_mutex_init(&m, &a);
        if (i == 2)
            RC(pthread_mutex_unlock(&m));
        counter = 0;
        for (int k = 0; k < 8; k++)
            pthread_create(&t[k], 0, count_up, 0);
        for (int k = 0; k < 8; k++)
            pthread_join(t[k], 0);
        V(counter);
        RC(pthread_mutex_destroy(&m));
    }
    pthread_mutexattr_init(&a);
    RC(pthread_mutexattr_settype(&a, 99));
    RC(pthread_mutexattr_setrobust(&a, PTHREAD_MUTEX_ROBUST));
    RC(pthread_mutex_init(&rob, &a));
    other(die_holding, &rob);
    RC(pthread_mutex_lock(&rob));
    RC(pthread_mutex_consistent(&rob));
    RC(pthread_mutex_unlock(&rob));
    RC(pthread_mutex_lock(&rob));
    RC(pthread_mutex_unlock(&rob));
    other(die_holding, &rob);
    RC(pthread_mutex_trylock(&rob));
    RC(pthread_mutex_unlock(&rob)); /* not made consistent: lost */
    RC(pthread_mutex_lock(&rob));
    RC(pthread_mutex_destroy(&rob));
    pthread_mutexattr_settype(&a, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutexattr_setpshared(&a, PTHREAD_PROCESS_SHARED);
    RC(pthread_mutex_init(&rob, &a));
    other(die_holding, &rob);
    ts = in_ms(50);
    RC(pthread_mutex_timedlock(&rob, &ts));
    RC(pthread_mutex_consistent(&rob));
    RC(pthread_mutex_lock(&rob));
    RC(pthread_mutex_unlock(&rob));
    RC(pthread_mutex_unlock(&rob));
    RC(pthread_mutex_consistent(&rob));
    pthread_mutex_t s = PTHREAD_MUTEX_INITIALIZER;
    RC(pthread_mutex_lock(&s));
    ts.tv_nsec = 1000000000;
    RC(pthread_mutex_timedlock(&s, &ts));
    ts = in_ms(-1000);
    RC(pthread_mutex_timedlock(&s, &ts));
    RC(pthread_mutex_unlock(&s));
    return 0;
}
