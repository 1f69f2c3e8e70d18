/* Timer signals at every turn into malloc, stdio, mutexes, floating point and memory calls: all
 * of them are interrupted anywhere, none of them breaks.
 * pith-test: mem=64M timeout=30
 */
#include "t.h"
#include <pthread.h>
#include <sys/mman.h>
#include <sys/time.h>

static volatile long storms;
static volatile double scratch;
static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static long shared;

static void on_tick(int sig)
{
    (void)sig;
    storms++;
    scratch = scratch * 1.5 + storms; /* dirties the vector registers */
    int fd = open("/dev/null", O_WRONLY);
    write(fd, "x", 1);
    close(fd);
}

static void *locker(void *arg)
{
    for (int i = 0; i < 20000; i++) {
        pthread_mutex_lock(&m);
        shared++;
        pthread_mutex_unlock(&m);
    }
    return arg;
}

int main(void)
{
    struct itimerval it = {{0, 500}, {0, 500}};
    struct sigaction sa = {.sa_handler = on_tick, .sa_flags = SA_RESTART};
    pthread_t t[4];
    long bad = 0;
    char buf[200];

    t_scratch();
    sigaction(SIGALRM, &sa, 0);
    setitimer(ITIMER_REAL, &it, 0);
    for (int i = 0; i < 4; i++)
        pthread_create(&t[i], 0, locker, 0);
    FILE *f = fopen("f", "w+");
    for (int i = 0; i < 20000; i++)
        fprintf(f, "line %d %.3f\n", i, i / 8.0);
    rewind(f);
    for (int i = 0; i < 20000; i++) {
        int n = -1;
        double d = -1;
        if (!fgets(buf, sizeof buf, f) || sscanf(buf, "line %d %lf", &n, &d) != 2)
            bad++;
        bad += n != i || d < i / 8.0 - 0.001 || d > i / 8.0 + 0.001;
    }
    fclose(f);
    V(bad);
    void *block[64] = {0};
    for (int i = 0; i < 100000; i++) {
        free(block[i % 64]);
        size_t n = (size_t)(i * 37 % 5000);
        block[i % 64] = malloc(n + 1);
        memset(block[i % 64], i, n + 1);
    }
    for (int i = 0; i < 3000; i++) {
        char *p = mmap(0, 16384, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        p[0] = p[16383] = 1;
        bad += munmap(p, 16384) != 0;
    }
    double x = 0;
    for (int i = 1; i < 3000000; i++)
        x += 1.0 / i;
    say("%.9f", x);
    for (int i = 0; i < 4; i++)
        pthread_join(t[i], 0);
    V(shared);
    V(bad);
    while (storms < 100)
        ;
    memset(&it, 0, sizeof it);
    setitimer(ITIMER_REAL, &it, 0);
    say("enough storms");
    return 0;
}
