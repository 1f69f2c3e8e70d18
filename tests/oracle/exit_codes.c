/* Exit statuses of exit, _exit and return from main.
 * pith-test: args="exit 0"
 * pith-test: args="exit 1"
 * pith-test: args="exit 77"
 * pith-test: args="exit 127"
 * pith-test: args="exit 128"
 * pith-test: args="exit 137"
 * pith-test: args="exit 255"
 * pith-test: args="exit 256"
 * pith-test: args="exit -1"
 * pith-test: args="_exit 3"
 * pith-test: args="_Exit 259"
 * pith-test: args="quick 4"
 * pith-test: args="return 5"
 * pith-test: args="group 6"
 * pith-test: args="thread 7"
 * pith-test: args="handler 8"
 */
#include "t.h"
#include <pthread.h>
#include <sys/syscall.h>

static int status;

static void *leave(void *arg)
{
    (void)arg;
    exit(status);
}

static void on_usr1(int sig)
{
    (void)sig;
    _exit(status);
}

static void quick(void)
{
    say("at_quick_exit");
}

static void last(void)
{
    say("atexit");
}

int main(int argc, char **argv)
{
    const char *how = argc > 1 ? argv[1] : "exit";
    pthread_t t;

    status = argc > 2 ? atoi(argv[2]) : 0;
    atexit(last);
    at_quick_exit(quick);
    printf("buffered text of %s\n", how);
    if (!strcmp(how, "exit"))
        exit(status);
    if (!strcmp(how, "_exit"))
        _exit(status);
    if (!strcmp(how, "_Exit"))
        _Exit(status);
    if (!strcmp(how, "quick"))
        quick_exit(status);
    if (!strcmp(how, "group"))
        syscall(SYS_exit_group, status);
    if (!strcmp(how, "handler")) {
        signal(SIGUSR1, on_usr1);
        raise(SIGUSR1);
    }
    if (!strcmp(how, "thread")) {
        pthread_create(&t, 0, leave, 0);
        pthread_join(t, 0);
    }
    return status;
}
