/* Thread-local storage of every size and alignment, and sleepers that wake in order. */
#include "t.h"
#include <pthread.h>

static __thread char a = 1;
static __thread long b = 2;
static __thread _Alignas(64) char c[100] = "aligned to 64";
static __thread _Alignas(4096) char page[5000];
static __thread double zero[500];
static __thread int *self_pointer;
extern __thread long later;
__thread long later = 77;

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static int order[20], n_order;

static void *check(void *arg)
{
    long bad = 0;

    bad += a != 1 || b != 2 || strcmp(c, "aligned to 64") || later != 77;
    bad += ((uintptr_t)c & 63) != 0 || ((uintptr_t)page & 4095) != 0 || ((uintptr_t)&b & 7) != 0;
    for (int i = 0; i < 500; i++)
        bad += zero[i] != 0;
    for (int i = 0; i < 5000; i++)
        bad += page[i] != 0;
    a = (char)(long)arg, b = (long)arg, later = -(long)arg;
    memset(page, (int)(long)arg, sizeof page);
    self_pointer = (int *)&a;
    sched_yield();
    t_sleep_ms(1);
    bad +=
        a != (char)(long)arg || b != (long)arg || later != -(long)arg || self_pointer != (int *)&a;
    for (int i = 0; i < 5000; i++)
        bad += page[i] != (char)(long)arg;
    return (void *)bad;
}

static void *sleeper(void *arg)
{
    t_sleep_ms((long)arg * 50 + 10);
    pthread_mutex_lock(&m);
    order[n_order++] = (int)(long)arg;
    pthread_mutex_unlock(&m);
    return 0;
}

int main(void)
{
    pthread_t t[20];
    void *r;
    long bad = 0;

    V((long)check((void *)5));
    for (int round = 0; round < 5; round++) {
        for (long i = 0; i < 20; i++)
            pthread_create(&t[i], 0, check, (void *)(i + 1));
        for (int i = 0; i < 20; i++) {
            pthread_join(t[i], &r);
            bad += (long)r;
        }
    }
    V(bad);
    static const long when[] = {7, 2, 9, 0, 4, 6, 1, 8, 3, 5};
    for (int i = 0; i < 10; i++)
        pthread_create(&t[i], 0, sleeper, (void *)when[i]);
    for (int i = 0; i < 10; i++)
        pthread_join(t[i], 0);
    for (int i = 0; i < 10; i++)
        V(order[i]);
    return 0;
}
