/* Many short threads: one after the other, in crowds, and detached ones counted by a semaphore. */
#include "threads.h"

#include <errno.h>
#include <semaphore.h>

enum { CROWD = 100, SMALL_STACK = 16384 };

static sem_t finished;
static long sum;

static void *add(void *arg)
{
    __atomic_fetch_add(&sum, (long)arg, __ATOMIC_RELAXED);
    return arg;
}

static void *add_and_post(void *arg)
{
    add(arg);
    sem_post(&finished);
    return NULL;
}

void part_many(int scale)
{
    pthread_t t[CROWD];
    pthread_attr_t attr;
    sum = 0;
    for (long i = 0; i < 500L * scale; i++)
        must((long)join(spawn(add, (void *)i)) == i, "a thread's result");
    for (int round = 0; round < 3 * scale; round++) {
        for (long i = 0; i < CROWD; i++)
            t[i] = spawn(add, (void *)i);
        for (int i = 0; i < CROWD; i++)
            join(t[i]);
    }
    must(sem_init(&finished, 0, 0) == 0, "sem_init");
    pthread_attr_init(&attr);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    must(pthread_attr_setstacksize(&attr, SMALL_STACK) == 0, "pthread_attr_setstacksize");
    for (long i = 0; i < CROWD; i++)
        must(pthread_create(&t[i], &attr, add_and_post, (void *)i) == 0, "pthread_create");
    pthread_attr_destroy(&attr);
    for (int i = 0; i < CROWD; i++)
        while (sem_wait(&finished) != 0)
            must(errno == EINTR, "sem_wait");
    must(sem_trywait(&finished) == -1 && errno == EAGAIN, "sem_trywait");
    printf("many: sum %ld\n", sum);
}
