/* Deaths: the status that every default action leaves, with and without handlers before it.
 * pith-test: args="raise 1"
 * pith-test: args="raise 2"
 * pith-test: args="raise 3"
 * pith-test: args="raise 9"
 * pith-test: args="raise 10"
 * pith-test: args="raise 13"
 * pith-test: args="raise 14"
 * pith-test: args="raise 15"
 * pith-test: args="raise 17"
 * pith-test: args="raise 24"
 * pith-test: args="raise 31"
 * pith-test: args="raise 40"
 * pith-test: args="raise 64"
 * pith-test: args="abort"
 * pith-test: args="abort-ignored"
 * pith-test: args="abort-caught"
 * pith-test: args="null"
 * pith-test: args="null-ignored"
 * pith-test: args="null-blocked"
 * pith-test: args="null-thread"
 * pith-test: args="div"
 * pith-test: args="ill"
 * pith-test: args="trap"
 * pith-test: args="bus"
 * pith-test: args="pipe"
 * pith-test: args="alarm"
 * pith-test: args="overflow"
 * pith-test: args="text"
 * pith-test: args="data"
 * pith-test: args="assert"
 * pith-test: args="handler-fault"
 * pith-test: args="reset"
 * pith-test: args="pending"
 */
#include "t.h"
#include <assert.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/resource.h>

static int is(const char *a, const char *b)
{
    return !strcmp(a, b);
}

static void on_signal(int sig)
{
    say("caught %s", t_signal(sig));
}

static void faults(int sig)
{
    say("in the handler of %s", t_signal(sig));
    *(volatile int *)0 = sig;
}

static void *null(void *arg)
{
    *(volatile int *)arg = 1;
    return 0;
}

__attribute__((noinline)) static int forever(volatile int *p)
{
    volatile int v[100];

    v[0] = *p;
    if (v[0] == 12345)
        return 0;
    return forever(v) + v[0];
}

int main(int argc, char **argv)
{
    const char *how = argc > 1 ? argv[1] : "raise";
    int sig = argc > 2 ? atoi(argv[2]) : 15, p[2];
    volatile int zero = 0;
    sigset_t set;
    pthread_t t;

    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    printf("this text is never flushed when we die\n");
    say("%s", how);
    if (is(how, "raise"))
        raise(sig);
    if (is(how, "abort"))
        abort();
    if (is(how, "abort-ignored")) {
        signal(SIGABRT, SIG_IGN);
        abort();
    }
    if (is(how, "abort-caught")) {
        signal(SIGABRT, on_signal);
        abort();
    }
    if (is(how, "null"))
        null(0);
    if (is(how, "null-ignored")) {
        signal(SIGSEGV, SIG_IGN);
        null(0);
    }
    if (is(how, "null-blocked")) {
        signal(SIGSEGV, on_signal);
        sigfillset(&set);
        sigprocmask(SIG_BLOCK, &set, 0);
        null(0);
    }
    if (is(how, "null-thread")) {
        pthread_create(&t, 0, null, 0);
        pthread_join(t, 0);
    }
    if (is(how, "div"))
        zero = 7 / zero;
    if (is(how, "ill"))
        __asm__ volatile("ud2");
    if (is(how, "trap"))
        __asm__ volatile("int3");
    if (is(how, "bus")) {
        t_scratch();
        t_put("f", "short");
        char *m = mmap(0, 8192, PROT_READ, MAP_SHARED, open("f", O_RDONLY), 0);
        unlink("f");
        rmdir(t_dir);
        zero = *(volatile char *)(m + 5000);
    }
    if (is(how, "pipe")) {
        pipe(p);
        close(p[0]);
        write(p[1], "x", 1);
    }
    if (is(how, "alarm")) {
        alarm(1);
        for (;;)
            ;
    }
    if (is(how, "overflow"))
        zero = forever(&zero);
    if (is(how, "text"))
        *(volatile char *)(uintptr_t)main = 0;
    if (is(how, "data")) {
        static char code[16] = {(char)0xc3};
        ((void (*)(void))(uintptr_t)code)();
    }
    if (is(how, "assert"))
        assert(zero == 1);
    if (is(how, "handler-fault")) {
        signal(SIGSEGV, faults);
        null(0);
    }
    if (is(how, "reset")) {
        struct sigaction sa = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};
        sigaction(SIGTERM, &sa, 0);
        raise(SIGTERM);
        raise(SIGTERM);
    }
    if (is(how, "pending")) {
        sigemptyset(&set), sigaddset(&set, SIGTERM);
        sigprocmask(SIG_BLOCK, &set, 0);
        raise(SIGTERM);
        say("still here");
        sigprocmask(SIG_UNBLOCK, &set, 0);
    }
    say("alive");
    return 3;
}
