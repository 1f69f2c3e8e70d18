/* 10,000 threads one after the other, 1,000 at once with default stacks, in 64 MiB.
 * pith-test: mem=64M timeout=40
 */
#include "t.h"
#include <pthread.h>
#include <semaphore.h>

#define ALIVE 1000

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t c = PTHREAD_COND_INITIALIZER;
static int go, arrived;
static long sum;

static void *add(void *arg)
{
    __atomic_add_fetch(&sum, (long)arg, __ATOMIC_SEQ_CST);
    return arg;
}

static void *wait_all(void *arg)
{
    volatile char frame[3000];

    frame[0] = frame[2999] = (char)(long)arg;
    pthread_mutex_lock(&m);
    arrived++;
    while (!go)
        pthread_cond_wait(&c, &m);
    pthread_mutex_unlock(&m);
    return (void *)(long)(frame[0] == frame[2999] ? (long)arg : -1);
}

int main(void)
{
    static pthread_t t[ALIVE];
    void *r;
    long bad = 0;

    for (long i = 0; i < 10000; i++) {
        int e = pthread_create(t, 0, add, (void *)i);
        if (e)
            return say("thread %ld: %s", i, t_errno(e)), 1;
        pthread_join(t[0], &r);
        bad += r != (void *)i;
    }
    say("10000 joined, %ld bad, sum %ld", bad, sum);
    for (int round = 0; round < 3; round++) {
        go = arrived = 0;
        for (long i = 0; i < ALIVE; i++) {
            int e = pthread_create(&t[i], 0, wait_all, (void *)i);
            if (e)
                return say("thread %ld: %s", i, t_errno(e)), 1;
        }
        while (pthread_mutex_lock(&m), arrived < ALIVE) {
            pthread_mutex_unlock(&m);
            sched_yield();
        }
        say("%d alive", arrived);
        go = 1;
        pthread_cond_broadcast(&c);
        pthread_mutex_unlock(&m);
        for (long i = 0; i < ALIVE; i++) {
            pthread_join(t[i], &r);
            bad += r != (void *)i;
        }
        V(bad);
    }
    return 0;
}
