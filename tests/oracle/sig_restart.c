/* Which calls go on after a handler (SA_RESTART), which answer EINTR always. */
#include "t.h"
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <linux/futex.h>

static volatile int hits;
static int p[2];
static pthread_t self;

static void on_signal(int sig)
{
    (void)sig;
    hits++;
}

/* Two signals 20 ms apart, then what ends a restarted call. */
static void *kick(void *arg)
{
    (void)arg;
    for (int i = 0; i < 2; i++) {
        t_sleep_ms(20);
        pthread_kill(self, SIGUSR1);
    }
    t_sleep_ms(20);
    write(p[1], "xxxxxxxx", 8);
    return 0;
}

#define WITH(call)                                                                                 \
    do {                                                                                           \
        pthread_t t;                                                                               \
        hits = 0;                                                                                  \
        pthread_create(&t, 0, kick, 0);                                                            \
        R(call);                                                                                   \
        pthread_join(t, 0);                                                                        \
        fcntl(p[0], F_SETFL, O_NONBLOCK);                                                          \
        while (read(p[0], buf, sizeof buf) > 0)                                                    \
            ;                                                                                      \
        fcntl(p[0], F_SETFL, 0);                                                                   \
        V(hits);                                                                                   \
    } while (0)

int main(void)
{
    struct sigaction sa = {.sa_handler = on_signal};
    static char buf[200000];
    static int word;

    self = pthread_self();
    for (int restart = 0; restart < 2; restart++) {
        say(restart ? "SA_RESTART" : "no SA_RESTART");
        sa.sa_flags = restart ? SA_RESTART : 0;
        sigaction(SIGUSR1, &sa, 0);
        pipe(p);
        int ep = epoll_create1(0);
        struct epoll_event e = {.events = EPOLLIN};
        epoll_ctl(ep, EPOLL_CTL_ADD, p[0], &e);
        struct pollfd pf = {p[0], POLLIN, 0};
        fd_set r;
        WITH(read(p[0], buf, 8));
        WITH(poll(&pf, 1, 5000));
        WITH(ppoll(&pf, 1, &(struct timespec){5, 0}, 0));
        FD_ZERO(&r);
        FD_SET(p[0], &r);
        WITH(select(p[0] + 1, &r, 0, 0, &(struct timeval){5, 0}));
        WITH(epoll_wait(ep, &e, 1, 5000));
        WITH(nanosleep(&(struct timespec){5, 0}, 0));
        WITH(pause());
        WITH(syscall(SYS_futex, &word, FUTEX_WAIT, 0, &(struct timespec){0, 90000000}));
        sem_t s;
        sem_init(&s, 0, 0);
        struct timespec ts;
        clock_gettime(CLOCK_REALTIME, &ts);
        ts.tv_sec += 5;
        if (!restart)
            WITH(sem_timedwait(&s, &ts));
        close(ep), close(p[0]), close(p[1]);
    }
    return 0;
}
