/* The raw futex and clone-family calls that libraries make themselves. */
#include "t.h"
#include <pthread.h>
#include <sys/syscall.h>
#include <linux/futex.h>

static int word, word2;

static long futex(int *a, int op, int v, const struct timespec *t, int *b, int v3)
{
    return syscall(SYS_futex, a, op, v, t, b, v3);
}

static void *wait_private(void *arg)
{
    long r = futex(&word, FUTEX_WAIT | FUTEX_PRIVATE_FLAG, 0, 0, 0, 0);
    return (void *)(r ? -(long)errno : (long)arg);
}

static void *wait_bits(void *arg)
{
    long r = futex(&word, FUTEX_WAIT_BITSET, 0, 0, 0, (int)(long)arg);
    return (void *)(r ? -(long)errno : (long)arg);
}

int main(void)
{
    pthread_t t[6];
    struct timespec ts = {0, 20000000};
    void *r;

    R(futex(&word, FUTEX_WAIT, 1, 0, 0, 0));
    R(futex(&word, FUTEX_WAIT, 0, &ts, 0, 0));
    R(futex(&word, FUTEX_WAKE, 1, 0, 0, 0));
    R(futex((int *)((char *)&word + 1), FUTEX_WAIT, 0, &ts, 0, 0));
    R(futex(t_wild, FUTEX_WAIT, 0, &ts, 0, 0));
    R(futex(&word, 99, 0, &ts, 0, 0));
    ts.tv_nsec = -1;
    R(futex(&word, FUTEX_WAIT, 0, &ts, 0, 0));
    R(futex(&word, FUTEX_WAIT_BITSET, 0, 0, 0, 0));
    R(futex(&word, FUTEX_WAKE_BITSET, 1, 0, 0, 0));
    clock_gettime(CLOCK_MONOTONIC, &ts);
    R(futex(&word, FUTEX_WAIT_BITSET, 0, &ts, 0, -1)); /* absolute: over already */
    clock_gettime(CLOCK_REALTIME, &ts);
    R(futex(&word, FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, 0, &ts, 0, -1));

    for (long i = 0; i < 5; i++)
        pthread_create(&t[i], 0, wait_private, (void *)i);
    t_sleep_ms(30);
    R(futex(&word, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 2, 0, 0, 0));
    R(futex(&word, FUTEX_REQUEUE | FUTEX_PRIVATE_FLAG, 1, (void *)1, &word2, 0));
    R(futex(&word2, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 10, 0, 0, 0));
    R(futex(&word, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 10, 0, 0, 0));
    for (int i = 0; i < 5; i++) {
        pthread_join(t[i], &r);
        V(r);
    }
    R(futex(&word, FUTEX_CMP_REQUEUE, 1, (void *)1, &word2, 5));
    for (long i = 0; i < 3; i++)
        pthread_create(&t[i], 0, wait_bits, (void *)(1l << i));
    t_sleep_ms(30);
    R(futex(&word, FUTEX_WAKE_BITSET, 10, 0, 0, 8));
    R(futex(&word, FUTEX_WAKE_BITSET, 10, 0, 0, 2));
    R(futex(&word, FUTEX_WAKE_BITSET, 10, 0, 0, 5));
    for (int i = 0; i < 3; i++) {
        pthread_join(t[i], &r);
        V(r);
    }
    R(syscall(SYS_set_robust_list, 0, 1));
    YES(syscall(SYS_set_tid_address, &word) == gettid());
    R(syscall(SYS_membarrier, 0, 0, 0) >= 0);
    return 0;
}
