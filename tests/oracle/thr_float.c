/* Floating point state belongs to a thread: rounding, exception flags, vector registers. */
#include "t.h"
#include <fenv.h>
#include <pthread.h>

static double results[8];

static void *round_like(void *arg)
{
    static const int modes[] = {FE_TONEAREST, FE_DOWNWARD, FE_UPWARD, FE_TOWARDZERO};
    int me = (int)(long)arg, wrong = 0;
    volatile double one = 1, three = 3, r[50];

    fesetround(modes[me % 4]);
    for (int i = 0; i < 50; i++) {
        r[i] = (me & 1 ? -one : one) / three;
        sched_yield();
        wrong += fegetround() != modes[me % 4] || r[i] != r[0];
    }
    results[me] = r[0];
    return (void *)(long)wrong;
}

static void *vectors(void *arg)
{
    typedef double v4 __attribute__((vector_size(32)));
    double me = (double)(long)arg;
    v4 a = {me, me + 1, me + 2, me + 3}, b = {1, 1, 1, 1}, s = {0, 0, 0, 0};

    for (int i = 0; i < 3000000; i++)
        s += a * b;
    return (void *)(long)(s[0] + s[1] + s[2] + s[3]);
}

static void *inherits(void *arg)
{
    (void)arg;
    return (void *)(long)(fegetround() == FE_UPWARD);
}

int main(void)
{
    pthread_t t[8];
    void *r;

    for (long i = 0; i < 8; i++)
        pthread_create(&t[i], 0, round_like, (void *)i);
    for (int i = 0; i < 8; i++) {
        pthread_join(t[i], &r);
        say("thread %d: %a, %ld wrong", i, results[i], (long)r);
    }
    V(fegetround() == FE_TONEAREST);
    for (long i = 0; i < 4; i++)
        pthread_create(&t[i], 0, vectors, (void *)i);
    for (int i = 0; i < 4; i++) {
        pthread_join(t[i], &r);
        V(r);
    }
    fesetround(FE_UPWARD);
    pthread_create(t, 0, inherits, 0);
    pthread_join(t[0], &r);
    V(r);
    fesetround(FE_TONEAREST);
    feclearexcept(FE_ALL_EXCEPT);
    volatile double z = 0, o = 1, x = o / z;
    t_sleep_ms(5);
    V(!!fetestexcept(FE_DIVBYZERO));
    (void)x;
    unsigned short cw = 0x27f, now;
    __asm__ volatile("fldcw %0" ::"m"(cw)); /* x87 to double precision */
    t_sleep_ms(5);
    sched_yield();
    __asm__ volatile("fnstcw %0" : "=m"(now));
    V(now);
    return 0;
}
