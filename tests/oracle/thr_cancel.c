/* Cancellation deferred and asynchronous, cleanup handlers, keys and their destructors. */
#include "t.h"
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/select.h>

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t c = PTHREAD_COND_INITIALIZER;
static sem_t sem, ready;
static int p[2];
static pthread_key_t key[4];
static volatile int spinning;

static void cleanup(void *arg)
{
    say("  cleanup %s", (char *)arg);
}

static void unlock(void *arg)
{
    say("  cleanup: unlock %s", t_errno(pthread_mutex_unlock(arg)));
}

static void destroy(void *v)
{
    int k = (int)(long)v;

    say("  destructor %d", k);
    if (k == 2)
        pthread_setspecific(key[0], (void *)1); /* a second round */
}

static void *in_read(void *arg)
{
    char ch;
    pthread_cleanup_push(cleanup, (void *)"read outer");
    pthread_cleanup_push(cleanup, (void *)"read inner");
    sem_post(&ready);
    read(p[0], &ch, 1);
    pthread_cleanup_pop(1);
    pthread_cleanup_pop(1);
    return arg;
}

static void *in_cond(void *arg)
{
    pthread_mutex_lock(&m);
    pthread_cleanup_push(unlock, &m);
    sem_post(&ready);
    for (;;)
        pthread_cond_wait(&c, &m);
    pthread_cleanup_pop(1);
    return arg;
}

#define BLOCKS(name, call)                                                                         \
    static void *name(void *arg)                                                                   \
    {                                                                                              \
        pthread_cleanup_push(cleanup, (void *)#name);                                              \
        sem_post(&ready);                                                                          \
        call;                                                                                      \
        say("  " #name " came back");                                                              \
        pthread_cleanup_pop(0);                                                                    \
        return arg;                                                                                \
    }

BLOCKS(in_sleep, sleep(10))
BLOCKS(in_nanosleep, nanosleep(&(struct timespec){10, 0}, 0))
BLOCKS(in_sem, sem_wait(&sem))
BLOCKS(in_poll, poll(0, 0, 10000))
BLOCKS(in_select, select(0, 0, 0, 0, &(struct timeval){10, 0}))
BLOCKS(in_pause, pause())
BLOCKS(in_sigwait, ({
           sigset_t s;
           int n;
           sigemptyset(&s), sigaddset(&s, SIGUSR1);
           sigwait(&s, &n);
       }))
BLOCKS(
    in_testcancel, for (;;) {
        sched_yield();
        pthread_testcancel();
    })

static void *asynchronous(void *arg)
{
    int old;

    pthread_cleanup_push(cleanup, (void *)"asynchronous");
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old);
    sem_post(&ready);
    for (;;)
        spinning++;
    pthread_cleanup_pop(0);
    return arg;
}

static void *disabled(void *arg)
{
    int old;

    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
    V(old == PTHREAD_CANCEL_ENABLE);
    sem_post(&ready);
    t_sleep_ms(30);
    say("  not while disabled");
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &old);
    pthread_testcancel();
    say("  never reached");
    return arg;
}

static void *with_keys(void *arg)
{
    for (int i = 0; i < 4; i++)
        pthread_setspecific(key[i], (void *)(long)(i + 1));
    if (arg)
        pthread_exit((void *)9);
    return 0;
}

static void cancel(const char *what, void *(*f)(void *))
{
    pthread_t t;
    void *r;

    say("%s", what);
    pthread_create(&t, 0, f, 0);
    sem_wait(&ready);
    t_sleep_ms(5);
    int e = pthread_cancel(t);
    pthread_join(t, &r);
    say("  %s %s", t_errno(e), r == PTHREAD_CANCELED ? "cancelled" : "returned");
}

int main(void)
{
    pthread_t t;
    void *r;

    pipe(p);
    sem_init(&sem, 0, 0), sem_init(&ready, 0, 0);
    cancel("read", in_read);
    cancel("cond", in_cond);
    RC(pthread_mutex_trylock(&m));
    cancel("sleep", in_sleep), cancel("nanosleep", in_nanosleep), cancel("sem_wait", in_sem);
    cancel("poll", in_poll), cancel("select", in_select), cancel("pause", in_pause);
    cancel("sigwait", in_sigwait), cancel("testcancel", in_testcancel);
    cancel("asynchronous", asynchronous);
    cancel("disabled", disabled);
    char ch;
    write(p[1], "x", 1);
    R(read(p[0], &ch, 1)); /* the cancelled reader took nothing */

    for (int i = 0; i < 4; i++)
        RC(pthread_key_create(&key[i], i == 3 ? 0 : destroy));
    say("return");
    pthread_create(&t, 0, with_keys, 0), pthread_join(t, 0);
    say("pthread_exit");
    pthread_create(&t, 0, with_keys, (void *)1), pthread_join(t, &r);
    V(r);
    RC(pthread_key_delete(key[0]));
    V(pthread_getspecific(key[1]));
    RC(pthread_setspecific(key[1], (void *)5));
    V(pthread_getspecific(key[1]));
    int n = 0;
    pthread_key_t k;
    while (pthread_key_create(&k, 0) == 0)
        n++;
    V(n);
    RC(pthread_cancel(pthread_self()));
    say("still here");
    pthread_testcancel();
    say("never reached");
    return 0;
}
