/* Writers change two numbers together under a read-write lock; readers must never see them apart.
 */
#include "threads.h"

enum { READERS = 8, WRITERS = 3 };

static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
static long left, right, reads;
static int rounds;

static void *reader(void *arg)
{
    for (int i = 0; i < rounds * 2; i++) {
        pthread_rwlock_rdlock(&lock);
        must(left == -right, "a consistent read");
        __atomic_fetch_add(&reads, 1, __ATOMIC_RELAXED);
        pthread_rwlock_unlock(&lock);
    }
    return arg;
}

static void *writer(void *arg)
{
    for (int i = 0; i < rounds; i++) {
        pthread_rwlock_wrlock(&lock);
        left += 3;
        for (volatile int n = 0; n < 20; n++)
            ;
        right -= 3;
        pthread_rwlock_unlock(&lock);
    }
    return arg;
}

void part_rwlock(int scale)
{
    pthread_t r[READERS], w[WRITERS];
    rounds = 3000 * scale;
    for (int i = 0; i < READERS; i++)
        r[i] = spawn(reader, NULL);
    for (int i = 0; i < WRITERS; i++)
        w[i] = spawn(writer, NULL);
    for (int i = 0; i < READERS; i++)
        join(r[i]);
    for (int i = 0; i < WRITERS; i++)
        join(w[i]);
    printf("rwlock: %ld reads, value %ld\n", reads, left);
}
