/* poll, ppoll, select, pselect over every kind of descriptor; timeouts; EINTR; bad arguments. */
#include "t.h"
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/select.h>

static void on_signal(int sig)
{
    (void)sig;
}

static void *kick(void *arg)
{
    t_sleep_ms(30);
    pthread_kill(*(pthread_t *)arg, SIGUSR1);
    return 0;
}

static void *feed(void *arg)
{
    t_sleep_ms(30);
    write((int)(long)arg, "x", 1);
    return 0;
}

static void *shut(void *arg)
{
    t_sleep_ms(30);
    close((int)(long)arg);
    return 0;
}

static void show(struct pollfd *p, int n, int timeout)
{
    char line[200];
    int len = 0;
    int r = poll(p, n, timeout), e = errno;

    for (int i = 0; i < n; i++)
        len += snprintf(line + len, sizeof line - len, " %x", (unsigned)p[i].revents);
    say("poll = %d %s:%s", r, r < 0 ? t_errno(e) : "", line);
}

int main(void)
{
    int p[2], q[2], fd, null, ev;
    char c;
    fd_set r, w, x;
    struct timeval tv;
    struct timespec ts;
    pthread_t self = pthread_self(), t;
    sigset_t set, old;

    t_scratch();
    t_put("f", "abc");
    fd = open("f", O_RDWR), null = open("/dev/null", O_RDWR), ev = eventfd(0, 0);
    pipe(p), pipe(q);
    close(q[0]);
    struct pollfd v[] = {{p[0], POLLIN, 0},
                         {p[1], POLLOUT, 0},
                         {q[1], POLLOUT, 0},
                         {fd, POLLIN | POLLOUT, 0},
                         {null, POLLIN | POLLOUT, 0},
                         {ev, POLLIN | POLLOUT, 0},
                         {-1, POLLIN, 77},
                         {99, POLLIN, 0},
                         {p[0], 0, 0},
                         {fd, 0, 0},
                         {p[0], POLLRDNORM | POLLIN | POLLPRI, 0},
                         {p[1], POLLWRNORM | POLLOUT | POLLWRBAND, 0}};
    show(v, 12, 0);
    write(p[1], "x", 1);
    show(v, 12, 0);
    close(p[1]);
    v[1].fd = v[11].fd = -5;
    show(v, 12, -1);
    read(p[0], &c, 1);
    show(v, 12, 0);
    close(p[0]), close(q[1]);
    pipe(p), pipe(q);

    double t0 = t_now();
    struct pollfd one = {p[0], POLLIN, 0};
    R(poll(&one, 1, 50));
    YES(t_now() - t0 >= 0.049 && t_now() - t0 < 1);
    t0 = t_now();
    R(poll(0, 0, 20));
    YES(t_now() - t0 >= 0.019);
    R(poll(t_wild, 1, 0));
    R(poll(&one, ~0u, 0));
    pthread_create(&t, 0, feed, (void *)(long)p[1]);
    R(poll(&one, 1, -1));
    V(one.revents);
    pthread_join(t, 0);
    read(p[0], &c, 1);
    pthread_create(&t, 0, shut, (void *)(long)p[1]);
    R(poll(&one, 1, 5000));
    V(one.revents);
    pthread_join(t, 0);
    close(p[0]);
    pipe(p);
    signal(SIGUSR1, on_signal);
    pthread_create(&t, 0, kick, &self);
    R(poll(&one, 1, 5000));
    pthread_join(t, 0);

    /* ppoll: the mask is in place only while it waits. */
    sigemptyset(&set), sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, &old);
    raise(SIGUSR1);
    ts = (struct timespec){0, 20000000};
    R(ppoll(&one, 1, &ts, 0));
    ts = (struct timespec){5, 0};
    R(ppoll(&one, 1, &ts, &old));
    ts = (struct timespec){0, 0};
    R(ppoll(&one, 1, &ts, &old));
    ts.tv_nsec = -1;
    R(ppoll(&one, 1, &ts, 0));

    FD_ZERO(&r);
    FD_ZERO(&w);
    FD_ZERO(&x);
    FD_SET(p[0], &r);
    FD_SET(p[1], &w);
    FD_SET(fd, &r);
    FD_SET(fd, &w);
    FD_SET(fd, &x);
    tv = (struct timeval){0, 0};
    R(select(40, &r, &w, &x, &tv));
    say("%d %d %d %d %d", FD_ISSET(p[0], &r), FD_ISSET(p[1], &w), FD_ISSET(fd, &r),
        FD_ISSET(fd, &w), FD_ISSET(fd, &x));
    FD_ZERO(&r);
    FD_SET(p[0], &r);
    tv = (struct timeval){0, 30000};
    R(select(p[0] + 1, &r, 0, 0, &tv));
    say("%d", FD_ISSET(p[0], &r));
    FD_SET(p[0], &r);
    R(select(p[0], &r, 0, 0, &(struct timeval){0, 0}));
    FD_ZERO(&r);
    FD_SET(88, &r);
    dup2(p[0], 88), close(88); /* Linux looks no further than its table ever reached */
    R(select(89, &r, 0, 0, 0));
    R(select(-1, 0, 0, 0, 0));
    R(select(0, 0, 0, 0, &(struct timeval){0, 10000}));
    R(select(0, 0, 0, 0, &(struct timeval){-1, 0}));
    R(select(5, t_wild, 0, 0, &(struct timeval){0, 0}));
    FD_ZERO(&r);
    FD_SET(p[0], &r);
    raise(SIGUSR1);
    R(pselect(p[0] + 1, &r, 0, 0, &(struct timespec){5, 0}, &old));
    R(pselect(p[0] + 1, &r, 0, 0, &(struct timespec){0, 1000000}, &old));
    sigprocmask(SIG_SETMASK, &old, 0);
    write(p[1], "y", 1);
    FD_ZERO(&r);
    FD_SET(p[0], &r);
    R(select(p[0] + 1, &r, 0, 0, 0));
    say("%d", FD_ISSET(p[0], &r));
    return 0;
}
