/* A bounded queue between producers and consumers: two condition variables, and a timed wait that
 * must end by time because nobody signals. */
#include "threads.h"

#include <errno.h>
#include <time.h>

enum { SLOTS = 16, PRODUCERS = 6, CONSUMERS = 5 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t not_full = PTHREAD_COND_INITIALIZER;
static pthread_cond_t not_empty = PTHREAD_COND_INITIALIZER;
static unsigned slot[SLOTS], head, tail;
static int per_producer, done;
static unsigned long long consumed, total;

static void *producer(void *arg)
{
    unsigned state = (unsigned)(long)arg;
    for (int i = 0; i < per_producer; i++) {
        unsigned item = draw(&state) % 1000;
        pthread_mutex_lock(&lock);
        while (head - tail == SLOTS)
            pthread_cond_wait(&not_full, &lock);
        slot[head++ % SLOTS] = item;
        pthread_cond_signal(&not_empty);
        pthread_mutex_unlock(&lock);
    }
    return NULL;
}

static void *consumer(void *arg)
{
    unsigned long long n = 0, sum = 0;
    for (;;) {
        pthread_mutex_lock(&lock);
        while (head == tail && !done)
            pthread_cond_wait(&not_empty, &lock);
        if (head == tail) {
            consumed += n;
            total += sum;
            pthread_mutex_unlock(&lock);
            return arg;
        }
        sum += slot[tail++ % SLOTS];
        n++;
        pthread_cond_signal(&not_full);
        pthread_mutex_unlock(&lock);
    }
}

static void wait_in_vain(void)
{
    struct timespec until;
    pthread_mutex_lock(&lock);
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += 5000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_nsec -= 1000000000;
        until.tv_sec++;
    }
    int r;
    do
        r = pthread_cond_timedwait(&not_full, &lock, &until);
    while (r == 0);
    must(r == ETIMEDOUT, "pthread_cond_timedwait");
    pthread_mutex_unlock(&lock);
}

void part_queue(int scale)
{
    pthread_t p[PRODUCERS], c[CONSUMERS];
    per_producer = 5000 * scale;
    for (int i = 0; i < CONSUMERS; i++)
        c[i] = spawn(consumer, NULL);
    for (int i = 0; i < PRODUCERS; i++)
        p[i] = spawn(producer, (void *)(long)(i + 100));
    for (int i = 0; i < PRODUCERS; i++)
        join(p[i]);
    pthread_mutex_lock(&lock);
    done = 1;
    pthread_cond_broadcast(&not_empty);
    pthread_mutex_unlock(&lock);
    for (int i = 0; i < CONSUMERS; i++)
        join(c[i]);
    wait_in_vain();
    printf("queue: %llu items, sum %llu\n", consumed, total);
}
