/* Small costs inside a program, the same source as Linux program and as unikernel.
 *
 * micro [NAME...]: runs the named measurements (all without names) and prints a line each:
 *   NAME VALUE UNIT
 *   getpid   cycles of one getpid(), a call that does next to nothing
 *   yield    ns of a switch from one thread to another by sched_yield(), both on one processor
 *   condvar  ns of a switch by condition variable, there and back divided by two
 *   malloc   ns of a malloc and a free among 1,000 live blocks of 16 to 1,039 bytes
 *   memory   ns to first touch a page of a fresh mapping of 32 MiB
 *   threads  us to create and join one of 10,000 threads, one after the other
 * Values are the lowest of several repetitions: what the code costs, without the disturbance.
 */
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#include <x86intrin.h>

#define REPEAT 9

static double now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void fail(const char *what)
{
    fprintf(stderr, "micro: %s failed\n", what);
    exit(1);
}

static double measure_getpid(void)
{
    enum { CALLS = 20000 };
    unsigned long long start = __rdtsc();
    for (int i = 0; i < CALLS; i++) {
        if (getpid() <= 0)
            fail("getpid");
    }
    return (double)(__rdtsc() - start) / CALLS;
}

/* ---- two threads that take turns ---- */
enum { TURNS = 20000 };

static void *yield_partner(void *unused)
{
    (void)unused;
    for (int i = 0; i < TURNS; i++)
        sched_yield();
    return NULL;
}

static double measure_yield(void)
{
    pthread_t partner;
    if (pthread_create(&partner, NULL, yield_partner, NULL))
        fail("pthread_create");
    double start = now_ns();
    yield_partner(NULL);
    pthread_join(partner, NULL);
    return (now_ns() - start) / (2.0 * TURNS);
}

static pthread_mutex_t turn_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t turn_change = PTHREAD_COND_INITIALIZER;
static int turn;

static void *take_turns(void *mine)
{
    int me = mine != NULL;
    pthread_mutex_lock(&turn_lock);
    for (int i = 0; i < TURNS; i++) {
        while (turn != me)
            pthread_cond_wait(&turn_change, &turn_lock);
        turn = !me;
        pthread_cond_signal(&turn_change);
    }
    pthread_mutex_unlock(&turn_lock);
    return NULL;
}

static double measure_condvar(void)
{
    pthread_t partner;
    turn = 0;
    if (pthread_create(&partner, NULL, take_turns, &turn))
        fail("pthread_create");
    double start = now_ns();
    take_turns(NULL);
    pthread_join(partner, NULL);
    return (now_ns() - start) / (2.0 * TURNS);
}

/* ---- memory ---- */
static double measure_malloc(void)
{
    enum { LIVE = 1000, ROUNDS = 100000 };
    static void *blocks[LIVE];
    unsigned seed = 1;
    double start = now_ns();
    for (int i = 0; i < ROUNDS; i++) {
        seed = seed * 1103515245u + 12345u;
        unsigned slot = (seed >> 8) % LIVE;
        free(blocks[slot]);
        blocks[slot] = malloc(16 + (seed >> 20) % 1024);
        if (!blocks[slot])
            fail("malloc");
    }
    double spent = now_ns() - start;
    for (int i = 0; i < LIVE; i++) {
        free(blocks[i]);
        blocks[i] = NULL;
    }
    return spent / ROUNDS;
}

static double measure_memory(void)
{
    enum { PAGE = 4096, PAGES = 8192, BYTES = PAGES * PAGE };
    char *map = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (map == MAP_FAILED)
        fail("mmap");
    double start = now_ns();
    for (int i = 0; i < BYTES; i += PAGE)
        map[i] = 1;
    double spent = now_ns() - start;
    munmap(map, BYTES);
    return spent / PAGES;
}

static void *nothing(void *unused)
{
    return unused;
}

static double measure_threads(void)
{
    enum { THREADS = 10000 / REPEAT + 1 };
    double start = now_ns();
    for (int i = 0; i < THREADS; i++) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, nothing, NULL))
            fail("pthread_create");
        pthread_join(thread, NULL);
    }
    return (now_ns() - start) / 1e3 / THREADS;
}

static const struct {
    const char *name, *unit;
    double (*measure)(void);
} measurements[] = {
    {"getpid", "cycles", measure_getpid}, {"yield", "ns", measure_yield},
    {"condvar", "ns", measure_condvar},   {"malloc", "ns", measure_malloc},
    {"memory", "ns", measure_memory},     {"threads", "us", measure_threads},
};

static int wanted(const char *name, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], name) == 0)
            return 1;
    }
    return argc < 2;
}

int main(int argc, char **argv)
{
    /* On Linux the two threads must share a processor for a switch to be one. A guest has one
     * processor anyway, and may not have this call. */
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(0, &one);
    (void)sched_setaffinity(0, sizeof(one), &one);
    for (size_t i = 0; i < sizeof(measurements) / sizeof(measurements[0]); i++) {
        if (!wanted(measurements[i].name, argc, argv))
            continue;
        double best = measurements[i].measure();
        for (int r = 1; r < REPEAT; r++) {
            double value = measurements[i].measure();
            if (value < best)
                best = value;
        }
        printf("%s %.1f %s\n", measurements[i].name, best, measurements[i].unit);
        fflush(stdout);
    }
    return 0;
}
