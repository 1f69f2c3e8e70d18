/* What belongs to one thread: __thread variables with and without a value, keys whose destructors
 * run at its end, and what runs once for all. */
#include "threads.h"

enum { THREADS = 40 };

static __thread long counter = 7;
static __thread char big[9000] __attribute__((aligned(64)));
static pthread_key_t key;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static long destroyed, made;

static void destroy(void *value)
{
    __atomic_fetch_add(&destroyed, *(long *)value, __ATOMIC_RELAXED);
    free(value);
}

static void make_key(void)
{
    must(pthread_key_create(&key, destroy) == 0, "pthread_key_create");
    made++;
}

static void *worker(void *arg)
{
    long id = (long)arg;
    pthread_once(&once, make_key);
    must(counter == 7 && big[0] == 0 && big[sizeof big - 1] == 0, "fresh thread-local values");
    must((unsigned long)big % 64 == 0, "alignment of thread-local values");
    long *value = malloc(sizeof *value);
    must(value != NULL, "malloc");
    *value = id;
    pthread_setspecific(key, value);
    for (int i = 0; i < 1000; i++) {
        counter += id;
        big[i] = (char)id;
    }
    must(pthread_getspecific(key) == value, "pthread_getspecific");
    return (void *)counter;
}

void part_local(int scale)
{
    long sum = 0;
    destroyed = 0;
    for (int round = 0; round < scale; round++) {
        pthread_t t[THREADS];
        for (long i = 0; i < THREADS; i++)
            t[i] = spawn(worker, (void *)(i + 1));
        for (int i = 0; i < THREADS; i++)
            sum += (long)join(t[i]);
    }
    must(counter == 7 && made == 1, "the first thread's own values");
    printf("local: sum %ld, destroyed %ld\n", sum, destroyed);
}
