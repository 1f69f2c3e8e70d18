/* Signals sent from outside: to a handler, to a loop, to a sleeping read, to default actions.
 * pith-test: args="handler" signal=INT@+100
 * pith-test: args="handler" signal=TERM@+100 vm=no
 * pith-test: args="handler" signal=USR1@+100 vm=no
 * pith-test: args="handler" signal=HUP@+100 vm=no
 * pith-test: args="loop" signal=INT@+100
 * pith-test: args="sleep" signal=INT@+100 vm=no
 * pith-test: args="read" stdin=open signal=INT@+100 vm=no
 * pith-test: args="sigwait" signal=TERM@+100 vm=no
 * pith-test: args="threads" signal=INT@+100 vm=no
 * pith-test: args="default" signal=INT@+100 vm=no
 * pith-test: args="default" signal=TERM@+100
 * pith-test: args="default" signal=HUP@+100 vm=no
 * pith-test: args="default" signal=USR2@+100 vm=no
 * pith-test: args="default" signal=QUIT@+100 vm=no
 * pith-test: args="default" signal=KILL@+100 vm=no
 * pith-test: args="default-loop" signal=INT@+100 vm=no
 * pith-test: args="ignore" signal=INT@+100 vm=no
 * pith-test: args="blocked" signal=TERM@+100 vm=no
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
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    if (!strcmp(how, "ignore"))
        signal(SIGINT, SIG_IGN);
    else if (!strcmp(how, "sigwait") || !strcmp(how, "blocked"))
        sigprocmask(SIG_BLOCK, &set, 0);
    else if (strncmp(how, "default", 7))
        for (int i = 0; i < 4; i++)
            sigaction(sigs[i], &(struct sigaction){.sa_handler = on_signal}, 0);
    say("%s", how); /* the signal comes some time after this */
    if (!strncmp(how, "default", 7)) {
        if (how[7])
            spin(0);
        for (;;)
            pause();
    }
    if (!strcmp(how, "ignore")) {
        t_sleep_ms(400);
        say("slept on");
        return 0;
    }
    if (!strcmp(how, "sigwait")) {
        RC(sigwait(&set, &sig));
        say("%s", t_signal(sig));
        return 0;
    }
    if (!strcmp(how, "blocked")) {
        signal(SIGTERM, on_signal);
        t_sleep_ms(400);
        V(got);
        sigprocmask(SIG_UNBLOCK, &set, 0);
        say("%s", t_signal(got));
        return 0;
    }
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
