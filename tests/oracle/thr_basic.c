/* pthreads: create, join, detach, exit values, attributes, identity, errors. */
#include "t.h"
#include <limits.h>
#include <pthread.h>
#include <semaphore.h>

static sem_t sem;
static __thread int tls = 5;
static __thread char tls_big[3000] = "initial";
static pthread_t main_thread;

static void *echo(void *arg)
{
    return arg;
}

static void *leaves(void *arg)
{
    pthread_exit((char *)arg + 1);
}

static void *uses_tls(void *arg)
{
    for (int i = 0; i < 100; i++) {
        tls += (int)(long)arg;
        sched_yield();
    }
    tls_big[0] = (char)('A' + (long)arg);
    sched_yield();
    return (void *)(long)(tls * 1000 + tls_big[0]);
}

static void *detached(void *arg)
{
    sem_post(&sem);
    return arg;
}

static void *stack_use(void *arg)
{
    size_t n = (size_t)arg;
    volatile char *p = __builtin_alloca(n);

    for (size_t i = 0; i < n; i += 1000)
        p[i] = 1;
    return (void *)1;
}

static void *wait_a_little(void *arg)
{
    (void)arg;
    t_sleep_ms(20);
    return 0;
}

static void *mask_of(void *arg)
{
    sigset_t *s = arg;
    pthread_sigmask(SIG_BLOCK, 0, s);
    return 0;
}

int main(void)
{
    pthread_t t[10];
    pthread_attr_t a;
    void *r, *addr;
    size_t n;
    int v;
    sigset_t set, seen;

    main_thread = pthread_self();
    RC(pthread_create(t, 0, echo, (void *)77));
    RC(pthread_join(t[0], &r));
    V(r);
    pthread_create(t, 0, leaves, (void *)41);
    pthread_join(t[0], &r);
    V(r);
    for (long i = 0; i < 10; i++)
        pthread_create(&t[i], 0, uses_tls, (void *)i);
    for (int i = 0; i < 10; i++) {
        pthread_join(t[i], &r);
        V(r);
    }
    say("%d %s", tls, tls_big);
    sem_init(&sem, 0, 0);
    pthread_create(t, 0, detached, 0);
    RC(pthread_detach(t[0]));
    sem_wait(&sem);

    RC(pthread_attr_init(&a));
    RC(pthread_attr_getdetachstate(&a, &v));
    V(v == PTHREAD_CREATE_JOINABLE);
    RC(pthread_attr_setdetachstate(&a, PTHREAD_CREATE_DETACHED));
    RC(pthread_attr_setdetachstate(&a, 99));
    pthread_create(t, &a, detached, 0);
    sem_wait(&sem);
    RC(pthread_attr_setdetachstate(&a, PTHREAD_CREATE_JOINABLE));
    RC(pthread_attr_getstacksize(&a, &n));
    V(n);
    RC(pthread_attr_setstacksize(&a, 100));
    RC(pthread_attr_setstacksize(&a, 4 << 20));
    RC(pthread_attr_getguardsize(&a, &n));
    V(n);
    RC(pthread_attr_setguardsize(&a, 65536));
    RC(pthread_create(t, &a, stack_use, (void *)(3500l << 10)));
    pthread_join(t[0], &r);
    V(r);
    static char own[128 << 10] __attribute__((aligned(4096)));
    RC(pthread_attr_setstack(&a, own, sizeof own));
    RC(pthread_create(t, &a, stack_use, (void *)60000));
    pthread_join(t[0], &r);
    V(r);
    RC(pthread_attr_getstack(&a, &addr, &n));
    YES(addr == own && n == sizeof own);
    RC(pthread_attr_destroy(&a));
    RC(pthread_getattr_np(pthread_self(), &a));
    pthread_attr_getstack(&a, &addr, &n);
    YES((char *)&a > (char *)addr && (char *)&a < (char *)addr + n);
    pthread_attr_init(&a);
    pthread_attr_setstacksize(&a, 1ul << 60);
    RC(pthread_create(t, &a, echo, 0));

    YES(pthread_equal(pthread_self(), main_thread));
    pthread_create(t, 0, wait_a_little, 0);
    t_sleep_ms(10);
    RC(pthread_join(t[0], &r));
    /* The mask is inherited, pending signals are not. */
    sigemptyset(&set), sigaddset(&set, SIGUSR1), sigaddset(&set, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &set, 0);
    pthread_create(t, 0, mask_of, &seen);
    pthread_join(t[0], 0);
    say("%d %d %d", sigismember(&seen, SIGUSR1), sigismember(&seen, SIGTERM),
        sigismember(&seen, SIGHUP));

    char name[20];
    RC(pthread_setname_np(pthread_self(), "a name"));
    RC(pthread_getname_np(pthread_self(), name, sizeof name));
    S(name);
    RC(pthread_setname_np(pthread_self(), "a name that is too long"));
    RC(pthread_getname_np(pthread_self(), name, 3));
    pthread_create(t, 0, detached, 0);
    pthread_join(t[0], 0);
    YES(pthread_getconcurrency() == 0);
    clockid_t c;
    RC(pthread_getcpuclockid(pthread_self(), &c));
    struct timespec ts;
    R(clock_gettime(c, &ts));
    int policy;
    struct sched_param sp;
    RC(pthread_getschedparam(pthread_self(), &policy, &sp));
    say("%d %d", policy, sp.sched_priority);
    return 0;
}
