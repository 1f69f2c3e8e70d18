/* Stacks of the program's own making: coroutines switched by hand in malloc'ed memory, with
 * timer signals and other threads in between, as language run-times do it. */
#include "t.h"
#include <pthread.h>
#include <sys/mman.h>
#include <sys/time.h>

#define COROS 50
#define STACK (64 << 10)

/* Saves the callee-saved registers on this stack, stores it, goes on with the other. */
void switch_stack(void **save, void *to);
__asm__(".globl switch_stack\n"
        "switch_stack:\n"
        "push %rbp; push %rbx; push %r12; push %r13; push %r14; push %r15\n"
        "mov %rsp, (%rdi)\n"
        "mov %rsi, %rsp\n"
        "pop %r15; pop %r14; pop %r13; pop %r12; pop %rbx; pop %rbp\n"
        "ret\n");

static __thread void *scheduler, *coro[COROS];
static __thread int current, alive;
static __thread long sums[COROS];
static volatile long ticks;

static void yield(void)
{
    int me = current;

    switch_stack(&coro[me], scheduler);
}

static double depth(int n, double x)
{
    if (n == 0) {
        yield();
        return x;
    }
    return depth(n - 1, x * 1.0000001) + n;
}

static void body(void)
{
    int me = current;
    double x = me;

    for (int i = 0; i < 100; i++) {
        x = depth(20, x) - 210;
        sums[me] += i;
        yield();
    }
    sums[me] += x > 0 || me == 0 ? 1 : 0;
    alive--;
    yield();
    abort();
}

static void *run_all(void *arg)
{
    char *memory =
        mmap(0, COROS * STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    long total = 0;

    for (int i = 0; i < COROS; i++) {
        void **sp = (void **)(memory + (i + 1) * STACK) - 2;
        *sp = (void *)body;
        for (int k = 0; k < 6; k++)
            *--sp = 0;
        coro[i] = sp;
        sums[i] = 0;
    }
    alive = COROS;
    for (int i = 0; alive; i++) {
        current = i % COROS;
        if (sums[current] < 4951)
            switch_stack(&scheduler, coro[current]);
    }
    for (int i = 0; i < COROS; i++)
        total += sums[i];
    munmap(memory, COROS * STACK);
    return (void *)(total + (long)arg * 0);
}

static void on_tick(int sig)
{
    (void)sig;
    ticks++;
}

int main(void)
{
    struct itimerval it = {{0, 1000}, {0, 1000}};
    pthread_t t[3];
    void *r;

    V(run_all(0));
    signal(SIGALRM, on_tick);
    setitimer(ITIMER_REAL, &it, 0);
    for (int i = 0; i < 20; i++)
        if ((long)run_all(0) != 247550)
            say("a different sum");
    for (long i = 0; i < 3; i++)
        pthread_create(&t[i], 0, run_all, (void *)i);
    for (int i = 0; i < 3; i++) {
        pthread_join(t[i], &r);
        V(r);
    }
    while (ticks < 20)
        ;
    say("ticks came");
    return 0;
}
