/* The main thread leaving with pthread_exit: the others go on, the last one out ends it all. */
#include "t.h"
#include <pthread.h>

static pthread_t main_thread;

static void last(void)
{
    say("atexit");
}

static void *worker(void *arg)
{
    void *r;

    RC(pthread_join(main_thread, &r));
    V(r);
    for (int i = 0; i < 3; i++) {
        t_sleep_ms(5);
        say("working %d", i);
    }
    printf("buffered by the worker\n");
    return arg;
}

int main(void)
{
    pthread_t t;

    atexit(last);
    main_thread = pthread_self();
    pthread_create(&t, 0, worker, 0);
    pthread_detach(t);
    say("main leaves");
    pthread_exit((void *)5);
}
