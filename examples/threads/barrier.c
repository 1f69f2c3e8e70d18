/* Heat along a rod, in integers: every worker owns a stretch, and no step begins before all have
 * finished the one before. Exactly one worker is the serial one of each barrier. */
#include "threads.h"

enum { WORKERS = 6, CELLS = WORKERS * 200 };

static pthread_barrier_t barrier;
static long rod[2][CELLS];
static int steps;
static long serial;

static void *worker(void *arg)
{
    int first = (int)(long)arg * (CELLS / WORKERS), last = first + CELLS / WORKERS;
    for (int s = 0; s < steps; s++) {
        const long *from = rod[s % 2];
        long *to = rod[(s + 1) % 2];
        for (int i = first; i < last; i++) {
            long l = i ? from[i - 1] : 1000000, r = i + 1 < CELLS ? from[i + 1] : 0;
            to[i] = (l + 2 * from[i] + r) / 4;
        }
        if (pthread_barrier_wait(&barrier) == PTHREAD_BARRIER_SERIAL_THREAD)
            __atomic_fetch_add(&serial, 1, __ATOMIC_RELAXED);
    }
    return NULL;
}

void part_barrier(int scale)
{
    pthread_t t[WORKERS];
    steps = 1000 * scale;
    must(pthread_barrier_init(&barrier, NULL, WORKERS) == 0, "pthread_barrier_init");
    for (int i = 0; i < WORKERS; i++)
        t[i] = spawn(worker, (void *)(long)i);
    for (int i = 0; i < WORKERS; i++)
        join(t[i]);
    pthread_barrier_destroy(&barrier);
    must(serial == steps, "one serial thread a step");
    long sum = 0;
    for (int i = 0; i < CELLS; i++)
        sum += rod[steps % 2][i];
    printf("barrier: %d steps, heat %ld\n", steps, sum);
}
