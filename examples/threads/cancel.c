/* Cancellation: of a thread that sleeps, of one that waits for a condition, of one that only
 * computes (asynchronous), and of one that has turned it off for a while. */
#include "threads.h"

#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static int pipes[2];
static volatile long ticks;
static int cleaned, waiting;

static void clean(void *arg)
{
    cleaned += *(int *)arg;
}

static void unlock(void *arg)
{
    pthread_mutex_unlock(arg);
    cleaned += 10;
}

static void *sleeper(void *arg)
{
    int one = 1;
    pthread_cleanup_push(clean, &one);
    for (;;)
        sleep(1000);
    pthread_cleanup_pop(0);
    return arg;
}

static void *reader(void *arg)
{
    int hundred = 100;
    char c;
    pthread_cleanup_push(clean, &hundred);
    while (read(pipes[0], &c, 1) == 1)
        ticks++;
    pthread_cleanup_pop(0);
    return arg;
}

static void *waiter(void *arg)
{
    pthread_mutex_lock(&lock);
    pthread_cleanup_push(unlock, &lock);
    waiting = 1;
    for (;;)
        pthread_cond_wait(&cond, &lock);
    pthread_cleanup_pop(0);
    return arg;
}

static void *spinner(void *arg)
{
    int thousand = 1000;
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
    pthread_cleanup_push(clean, &thousand);
    for (;;)
        ticks++;
    pthread_cleanup_pop(0);
    return arg;
}

static void *stubborn(void *arg)
{
    int ten_thousand = 10000;
    char c;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
    must(read(pipes[0], &c, 1) == 1 && c == 's', "a read with cancellation off");
    pthread_cleanup_push(clean, &ten_thousand);
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
    pthread_testcancel();
    pthread_cleanup_pop(0);
    return arg;
}

static void end(pthread_t t)
{
    must(join(t) == PTHREAD_CANCELED, "a cancelled thread's result");
}

void part_cancel(int scale)
{
    must(pipe(pipes) == 0, "pipe");
    for (int i = 0; i < scale; i++) {
        pthread_t t = spawn(sleeper, NULL);
        usleep(1000);
        pthread_cancel(t);
        end(t);

        t = spawn(reader, NULL);
        long read_before = ticks;
        must(write(pipes[1], "abc", 3) == 3, "write");
        while (ticks != read_before + 3)
            usleep(100);
        pthread_cancel(t);
        end(t);

        waiting = 0;
        t = spawn(waiter, NULL);
        for (int seen = 0; !seen;) {
            pthread_mutex_lock(&lock);
            seen = waiting;
            pthread_mutex_unlock(&lock);
        }
        pthread_cancel(t);
        end(t);
        must(pthread_mutex_trylock(&lock) == 0, "the lock a cleanup handler gave back");
        pthread_mutex_unlock(&lock);

        t = spawn(spinner, NULL);
        for (long before = ticks; ticks == before;)
            usleep(100);
        pthread_cancel(t);
        end(t);

        t = spawn(stubborn, NULL);
        pthread_cancel(t);
        usleep(1000);
        must(write(pipes[1], "s", 1) == 1, "write");
        end(t);
    }
    close(pipes[0]);
    close(pipes[1]);
    printf("cancel: cleaned %d\n", cleaned);
}
