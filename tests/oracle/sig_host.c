/* Signals sent from outside: to a handler, to a loop, to a sleeping read, to default actions.
 * pith-test: args="handler" signal=INT@300
 * pith-test: args="handler" signal=TERM@300 vm=no
 * pith-test: args="handler" signal=USR1@300 vm=no
 * pith-test: args="handler" signal=HUP@300 vm=no
 * pith-test: args="loop" signal=INT@300
 * pith-test: args="sleep" signal=INT@300 vm=no
 * pith-test: args="read" stdin=open signal=INT@300 vm=no
 * pith-test: args="sigwait" signal=TERM@300 vm=no
 * pith-test: args="threads" signal=INT@300 vm=no
 * pith-test: args="default" signal=INT@300 vm=no
 * pith-test: args="default" signal=TERM@300
 * pith-test: args="default" signal=HUP@300 vm=no
 * pith-test: args="default" signal=USR2@300 vm=no
 * pith-test: args="default" signal=QUIT@300 vm=no
 * pith-test: args="default" signal=KILL@300 vm=no
 * pith-test: args="default-loop" signal=INT@300 vm=no
 * pith-test: args="ignore" signal=INT@200 vm=no
 * pith-test: args="blocked" signal=TERM@200 vm=no
 */
#include "t.h"
#include <pthread.h>

static volatile int got;

static void on_signal(int sig)
{
    got = sig;
}

static void *spin(void *arg)
{
    for (;;)
        __asm__ volatile("" ::"r"(arg));
    return 0;
}

int main(int argc, char **argv)
{
    const char *how = argc > 1 ? argv[1] : "none";
    static const int sigs[] = {SIGINT, SIGTERM, SIGUSR1, SIGHUP};
    sigset_t set;
    pthread_t t;
    char c;
    int sig;

    alarm(10);
    say("%s", how);
    if (!strncmp(how, "default", 7)) {
        if (how[7])
            spin(0);
        for (;;)
            pause();
    }
    if (!strcmp(how, "ignore")) {
        signal(SIGINT, SIG_IGN);
        t_sleep_ms(600);
        say("slept on");
        return 0;
    }
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    if (!strcmp(how, "sigwait")) {
        sigprocmask(SIG_BLOCK, &set, 0);
        RC(sigwait(&set, &sig));
        say("%s", t_signal(sig));
        return 0;
    }
    if (!strcmp(how, "blocked")) {
        signal(SIGTERM, on_signal);
        sigprocmask(SIG_BLOCK, &set, 0);
        t_sleep_ms(500);
        V(got);
        sigprocmask(SIG_UNBLOCK, &set, 0);
        say("%s", t_signal(got));
        return 0;
    }
    struct sigaction sa = {.sa_handler = on_signal};
    for (int i = 0; i < 4; i++)
        sigaction(sigs[i], &sa, 0);
    if (!strcmp(how, "handler"))
        while (!got)
            t_sleep_ms(5);
    if (!strcmp(how, "loop"))
        while (!got)
            ;
    if (!strcmp(how, "sleep"))
        R(nanosleep(&(struct timespec){8, 0}, 0));
    if (!strcmp(how, "read"))
        R(read(0, &c, 1));
    if (!strcmp(how, "threads")) {
        pthread_create(&t, 0, spin, 0);
        pthread_create(&t, 0, spin, 0);
        while (!got)
            pause();
    }
    say("%s", t_signal(got));
    return 7;
}
