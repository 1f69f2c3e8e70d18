/* Memory of a program that rests for some seconds is what it was: data, zero-filled data, heap,
 * stacks of threads, pages without write permission; and calls find their buffers.
 * pith-test: timeout=30
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define DATA 70000
#define THREADS 5

static unsigned char data[DATA] = {1}, zero[DATA];
static unsigned char *heap, *map;
static int pipes[2];
static pthread_barrier_t ready;

/* A byte that depends on the place and the owner; long runs, as memory has them. */
static unsigned char at(size_t i, unsigned who)
{
    return i % 512 < 300 ? (unsigned char)(i / 512 + who) : (unsigned char)(i * 2654435761u >> 13);
}

static void fill(unsigned char *p, size_t n, unsigned who)
{
    for (size_t i = 0; i < n; i++)
        p[i] = at(i, who);
}

static int wrong(const unsigned char *p, size_t n, unsigned who)
{
    for (size_t i = 0; i < n; i++)
        if (p[i] != at(i, who))
            return 1;
    return 0;
}

static void *thread(void *arg)
{
    unsigned char mine[20000];
    unsigned who = (unsigned)(size_t)arg;
    fill(mine, sizeof mine, who);
    pthread_barrier_wait(&ready);
    sleep(5);
    if (wrong(mine, sizeof mine, who))
        printf("thread %u: its stack changed\n", who);
    return NULL;
}

int main(void)
{
    pthread_t id[THREADS];
    unsigned char back[3000];
    struct timespec now;
    heap = malloc(DATA);
    map = mmap(NULL, DATA, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (!heap || map == MAP_FAILED || pipe(pipes))
        return 1;
    fill(data, DATA, 11);
    fill(zero, DATA, 12);
    fill(heap, DATA, 13);
    fill(map, DATA, 14);
    mprotect(map, DATA, PROT_READ);
    pthread_barrier_init(&ready, NULL, THREADS + 1);
    for (size_t i = 0; i < THREADS; i++)
        pthread_create(&id[i], NULL, thread, (void *)(i + 1));
    pthread_barrier_wait(&ready);
    sleep(5);
    /* Untouched so far: the calls read and write what rested. */
    if (write(pipes[1], heap + 40000, sizeof back) != sizeof back ||
        read(pipes[0], zero + 5000, sizeof back) != sizeof back)
        printf("the pipe failed\n");
    if (memcmp(zero + 5000, heap + 40000, sizeof back) != 0)
        printf("the pipe changed what went through\n");
    fill(zero + 5000, sizeof back, 0);
    for (size_t i = 5000; i < 5000 + sizeof back; i++)
        zero[i] = at(i, 12);
    if (clock_gettime(CLOCK_MONOTONIC, &now) || wrong(data, DATA, 11) || wrong(zero, DATA, 12) ||
        wrong(heap, DATA, 13) || wrong(map, DATA, 14))
        printf("memory changed\n");
    mprotect(map, DATA, PROT_READ | PROT_WRITE);
    map[1] = 5;
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(id[i], NULL);
    unsigned char *larger = realloc(heap, 10 * DATA);
    if (!larger || wrong(larger, DATA, 13))
        printf("the heap changed\n");
    printf("done\n");
    return 0;
}
