/* Primes below a bound: workers take segments from a shared counter and add to a shared sum. */
#include "threads.h"

enum { WORKERS = 8, SEGMENT = 1 << 15 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned next_segment, bound, small_count;
static unsigned small[1000]; /* primes up to the root of the bound */
static unsigned long long count, sum;

static void find_small(unsigned limit)
{
    small_count = 0;
    for (unsigned n = 2; n * n <= limit; n++) {
        unsigned i = 0;
        while (i < small_count && n % small[i])
            i++;
        if (i == small_count)
            small[small_count++] = n;
    }
}

static void *worker(void *arg)
{
    char *composite = malloc(SEGMENT);
    must(composite != NULL, "malloc");
    for (;;) {
        pthread_mutex_lock(&lock);
        unsigned start = next_segment;
        next_segment += SEGMENT;
        pthread_mutex_unlock(&lock);
        if (start >= bound)
            break;
        memset(composite, 0, SEGMENT);
        for (unsigned i = 0; i < small_count; i++) {
            unsigned p = small[i], first = p * p;
            if (first < start)
                first = (start + p - 1) / p * p;
            for (unsigned n = first; n < start + SEGMENT; n += p)
                composite[n - start] = 1;
        }
        unsigned long long c = 0, s = 0;
        for (unsigned n = start; n < start + SEGMENT && n < bound; n++) {
            if (n < 2 || composite[n - start])
                continue;
            c++;
            s += n;
        }
        pthread_mutex_lock(&lock);
        count += c;
        sum += s;
        pthread_mutex_unlock(&lock);
    }
    free(composite);
    return arg;
}

void part_sieve(int scale)
{
    pthread_t t[WORKERS];
    bound = 2000000u * (unsigned)(scale > 20 ? 20 : scale);
    find_small(bound);
    for (int i = 0; i < WORKERS; i++)
        t[i] = spawn(worker, &t[i]);
    for (int i = 0; i < WORKERS; i++)
        must(join(t[i]) == &t[i], "a thread's result");
    printf("sieve: %llu primes below %u, sum %llu\n", count, bound, sum);
}
