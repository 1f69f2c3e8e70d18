/* sigaltstack: refusals, handlers on it, recovery from stack overflow of main and of threads. */
#include "t.h"
#include <pthread.h>
#include <setjmp.h>
#include <sys/resource.h>

static char stack[65536], *alt = stack;
static sigjmp_buf back;
static volatile int on_alt, overflows;

static void where(int sig)
{
    char here;
    stack_t st;

    on_alt = &here >= alt && &here < alt + sizeof stack;
    sigaltstack(0, &st);
    say("%s: on the alternate stack: %s, flags %d", t_signal(sig), on_alt ? "yes" : "no",
        st.ss_flags);
    R(sigaltstack(&(stack_t){.ss_sp = stack, .ss_size = sizeof stack}, 0));
}

static void overflow(int sig)
{
    char here;

    (void)sig;
    overflows++;
    on_alt = &here >= alt && &here < alt + sizeof stack;
    siglongjmp(back, 1);
}

__attribute__((noinline)) static int forever(volatile int *p)
{
    volatile int v[100];

    v[0] = *p;
    if (v[0] == 12345)
        return 0;
    return forever(v) + v[0];
}

static void *in_thread(void *arg)
{
    static char own[32768];
    stack_t st = {.ss_sp = own, .ss_size = sizeof own};
    volatile int x = 1;

    (void)arg;
    alt = own;
    R(sigaltstack(&st, 0));
    for (int i = 0; i < 3; i++)
        if (!sigsetjmp(back, 1))
            forever(&x);
    return 0;
}

int main(void)
{
    stack_t st = {.ss_sp = stack, .ss_size = sizeof stack}, old;
    struct sigaction sa = {.sa_handler = where, .sa_flags = SA_ONSTACK};
    volatile int x = 1;
    pthread_t t;
    struct rlimit r = {1 << 20, RLIM_INFINITY};

    R(sigaltstack(0, &old));
    V(old.ss_flags == SS_DISABLE);
    R(sigaltstack(&st, 0));
    R(sigaltstack(0, &old));
    say("%d %d %zu", old.ss_flags, old.ss_sp == stack, old.ss_size);
    sigaction(SIGUSR1, &sa, 0);
    raise(SIGUSR1);
    sa.sa_flags = 0;
    sigaction(SIGUSR2, &sa, 0);
    raise(SIGUSR2);
    st.ss_size = 100;
    R(sigaltstack(&st, 0));
    st.ss_size = sizeof stack, st.ss_flags = 0x40;
    R(sigaltstack(&st, 0));
    st.ss_flags = SS_DISABLE;
    R(sigaltstack(&st, 0));
    raise(SIGUSR1);
    st.ss_flags = 0;
    R(sigaltstack(&st, 0));

    setrlimit(RLIMIT_STACK, &r); /* less to touch before it ends */
    sa.sa_handler = overflow, sa.sa_flags = SA_ONSTACK;
    sigaction(SIGSEGV, &sa, 0);
    for (int i = 0; i < 3; i++)
        if (!sigsetjmp(back, 1))
            forever(&x);
    say("%d overflows, on the alternate stack: %s", overflows, on_alt ? "yes" : "no");
    overflows = 0;
    pthread_create(&t, 0, in_thread, 0);
    pthread_join(t, 0);
    say("%d overflows, on the alternate stack: %s", overflows, on_alt ? "yes" : "no");
    return 0;
}
