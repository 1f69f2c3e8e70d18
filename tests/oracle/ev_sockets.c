/* epoll, poll and select on sockets: edges, one shot, hang-ups, nesting, exclusive waiters,
 * changes while a thread waits, descriptors closed and reused, masks and timeouts. */
#include "t.h"
#include <poll.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/syscall.h>

static int ep;
static char buf[300000];

static int ctl(int e, int op, int fd, unsigned events, long data)
{
    struct epoll_event v = {.events = events, .data.u64 = (uint64_t)data};
    return epoll_ctl(e, op, fd, &v);
}

static int add(int fd, unsigned events, long data)
{
    return ctl(ep, EPOLL_CTL_ADD, fd, events, data);
}

static int mod(int fd, unsigned events, long data)
{
    return ctl(ep, EPOLL_CTL_MOD, fd, events, data);
}

static int cmp(const void *a, const void *b)
{
    const struct epoll_event *x = a, *y = b;
    return (x->data.u64 > y->data.u64) - (x->data.u64 < y->data.u64);
}

static void show(const char *what, int timeout)
{
    struct epoll_event e[20];
    char line[300];
    int len = 0, n = epoll_wait(ep, e, 20, timeout);
    if (n < 0)
        return say("%s: %s", what, t_errno(errno));
    qsort(e, (size_t)n, sizeof *e, cmp);
    line[0] = 0;
    for (int i = 0; i < n; i++)
        len += snprintf(line + len, sizeof line - len, " %ld:%x", (long)e[i].data.u64, e[i].events);
    say("%s:%s", what, n ? line : " nothing");
}

static void pair(int s[2])
{
    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, s);
}

static long fill(int fd)
{
    long n = 0, r;
    while ((r = write(fd, buf, 10000)) > 0)
        n += r;
    return n;
}

static void edges(void)
{
    int s[2];
    pair(s);
    R(add(s[0], EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, 1));
    show("first look", 0);
    show("no change", 0);
    write(s[1], "a", 1);
    show("data", 0);
    show("no change", 0);
    write(s[1], "b", 1);
    show("more data, nothing read", 0);
    read(s[0], buf, 1);
    show("a part read", 0);
    read(s[0], buf, 10);
    show("all read", 0);
    read(s[0], buf, 10);
    show("EAGAIN", 0);
    YES(fill(s[0]) > 100000);
    show("filled", 0);
    while (read(s[1], buf, sizeof buf) > 0)
        ;
    show("drained by the peer", 0);
    show("no change", 0);
    R(shutdown(s[1], SHUT_WR));
    show("half closed", 0);
    show("no change", 0);
    R(mod(s[0], EPOLLIN | EPOLLRDHUP | EPOLLET, 1));
    show("armed anew", 0);
    write(s[0], "unread", 6);
    close(s[1]);
    show("reset", 0);
    show("no change", 0);
    read(s[0], buf, 1);
    R(mod(s[0], EPOLLET, 1));
    show("asked for nothing", 0);
    close(s[0]);
    show("closed", 0);
}

static void one_shot(void)
{
    int s[2];
    pair(s);
    R(add(s[0], EPOLLIN | EPOLLONESHOT, 2));
    write(s[1], "a", 1);
    show("once", 0);
    show("off", 0);
    write(s[1], "b", 1);
    show("still off", 0);
    R(mod(s[0], EPOLLIN | EPOLLET | EPOLLONESHOT, 2));
    show("on again", 0);
    show("off", 0);
    close(s[1]);
    show("off means off", 0);
    R(mod(s[0], EPOLLIN | EPOLLONESHOT, 2));
    show("on", 0);
    close(s[0]);
}

static void nesting(void)
{
    int s[2], inner = epoll_create1(0), level[9];
    struct epoll_event e;
    pair(s);
    R(ctl(inner, EPOLL_CTL_ADD, s[0], EPOLLIN, 100));
    R(add(inner, EPOLLIN | EPOLLET, 3));
    show("quiet", 0);
    write(s[1], "a", 1);
    show("edge of the inner one", 0);
    show("no edge", 0);
    write(s[1], "b", 1);
    show("another edge", 0);
    R(epoll_wait(inner, &e, 1, 0));
    read(s[0], buf, 10);
    R(epoll_wait(inner, &e, 1, 0));
    R(mod(inner, EPOLLIN, 3));
    show("level: quiet", 0);
    write(s[1], "c", 1);
    show("level", 0);
    show("level: again", 0);
    read(s[0], buf, 10);
    show("level: quiet again", 0);
    close(inner);
    show("inner closed", 0);
    write(s[1], "d", 1);
    show("and its socket is watched no more", 0);
    close(s[0]), close(s[1]);
    int deep = 0; /* how deep exactly has changed between versions of Linux */
    for (int i = 0; i < 9; i++) {
        level[i] = epoll_create1(0);
        if (i && deep == i - 1)
            deep += ctl(level[i], EPOLL_CTL_ADD, level[i - 1], EPOLLIN, i) == 0;
    }
    YES(deep >= 4 && deep <= 5 && errno == ELOOP);
    R(ctl(level[0], EPOLL_CTL_ADD, level[3], EPOLLIN, 0));
    for (int i = 0; i < 9; i++)
        close(level[i]);
}

static void numbers(void)
{
    int s[2], t[2], d;
    pair(s), pair(t);
    R(add(s[0], EPOLLIN, 4));
    R(add(s[0], EPOLLIN, 5));
    d = dup(s[0]);
    R(add(d, EPOLLIN | EPOLLET, 6));
    write(s[1], "a", 1);
    show("under two numbers", 0);
    close(s[0]);
    show("the file lives on", 0); /* as epoll(7) says, question 6 */
    R(mod(s[0], EPOLLIN, 4));
    R(dup2(t[0], s[0]) == s[0]);
    R(mod(s[0], EPOLLIN, 7));
    R(add(s[0], EPOLLIN, 7));
    show("the number is another file's", 0);
    write(t[1], "t", 1);
    show("both", 0);
    close(d);
    show("the first file is gone", 0);
    close(s[0]), close(t[0]);
    show("all gone", 0);
    close(s[1]), close(t[1]);
}

/* ---- threads ---- */

static int sock[2];

static void *waits(void *arg)
{
    struct epoll_event e[4];
    int n = epoll_wait(ep, e, 4, (int)(long)arg);
    return (void *)(long)(n < 0 ? -errno : n);
}

static long with_thread(void (*act)(void), int timeout)
{
    pthread_t t;
    void *r;
    pthread_create(&t, 0, waits, (void *)(long)timeout);
    t_sleep_ms(20);
    act();
    pthread_join(t, &r);
    return (long)r;
}

static void act_write(void)
{
    write(sock[1], "x", 1);
}
static void act_mod(void)
{
    mod(sock[0], EPOLLOUT, 8);
}
static void act_add(void)
{
    add(sock[1], EPOLLOUT, 9);
}
static void act_close(void)
{
    close(sock[0]);
}
static void act_close_ep(void)
{
    close(ep);
    write(sock[1], "x", 1);
}

static void changes(void)
{
    int keep;
    pair(sock);
    R(add(sock[0], EPOLLIN, 8));
    V(with_thread(act_write, 3000));
    read(sock[0], buf, 9);
    V(with_thread(act_mod, 3000));
    R(mod(sock[0], EPOLLIN, 8));
    V(with_thread(act_add, 3000));
    R(epoll_ctl(ep, EPOLL_CTL_DEL, sock[1], 0));
    V(with_thread(act_close, 50));
    close(sock[1]);
    keep = ep;
    ep = epoll_create1(0);
    pair(sock);
    R(add(sock[0], EPOLLIN, 8));
    YES(with_thread(act_close_ep, 200) >= 0); /* a wait that has begun goes on, or not: no hang */
    ep = keep;
    close(sock[0]), close(sock[1]);
}

static int woken, each[4], patience;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void *exclusive(void *arg)
{
    struct epoll_event e;
    int n = epoll_wait(each[(long)arg], &e, 1, patience);
    pthread_mutex_lock(&lock);
    woken += n == 1;
    pthread_mutex_unlock(&lock);
    return 0;
}

static void herd(void)
{
    pthread_t t[4];
    for (int round = 0; round < 2; round++) {
        int ev = eventfd(0, EFD_NONBLOCK);
        woken = 0;
        patience = round ? 300 : 5000;
        for (long i = 0; i < 4; i++) {
            each[i] = epoll_create1(0);
            ctl(each[i], EPOLL_CTL_ADD, ev, EPOLLIN | EPOLLET | (round ? EPOLLEXCLUSIVE : 0), i);
            pthread_create(&t[i], 0, exclusive, (void *)i);
        }
        t_sleep_ms(40);
        eventfd_write(ev, 1);
        for (int i = 0; i < 4; i++)
            pthread_join(t[i], 0);
        if (round)
            YES(woken >= 1 && woken < 4);
        else
            V(woken);
        for (int i = 0; i < 4; i++)
            close(each[i]);
        close(ev);
    }
    int s[2];
    pair(s);
    R(add(s[0], EPOLLIN | EPOLLEXCLUSIVE, 1));
    R(mod(s[0], EPOLLIN, 1));
    R(add(s[1], EPOLLIN | EPOLLEXCLUSIVE | EPOLLONESHOT, 1));
    R(add(s[1], EPOLLIN | EPOLLEXCLUSIVE | EPOLLRDHUP, 1));
    R(add(s[1], EPOLLIN | EPOLLOUT | EPOLLEXCLUSIVE | EPOLLET, 1));
    R(mod(s[1], EPOLLIN | EPOLLEXCLUSIVE, 1));
    close(s[0]), close(s[1]);
    /* One that does not want what happens leaves it to the next. */
    int a = epoll_create1(0), b = epoll_create1(0);
    struct epoll_event e;
    pair(s);
    fill(s[0]);
    R(ctl(a, EPOLL_CTL_ADD, s[0], EPOLLOUT | EPOLLEXCLUSIVE, 1));
    R(ctl(b, EPOLL_CTL_ADD, s[0], EPOLLIN | EPOLLEXCLUSIVE, 1));
    write(s[1], "x", 1);
    R(epoll_wait(a, &e, 1, 0));
    R(epoll_wait(b, &e, 1, 0));
    close(s[0]), close(s[1]), close(a), close(b);
}

/* ---- masks and timeouts ---- */

static volatile int handled;
static void handler(int sig)
{
    (void)sig;
    handled++;
}

static long pwait2(struct epoll_event *e, int max, const struct timespec *t, const sigset_t *m)
{
    return syscall(441, ep, e, max, t, m, 8);
}

static void masks(void)
{
    struct epoll_event e;
    struct timespec t = {0, 3000000};
    struct timeval tv = {0, 3000};
    sigset_t none, usr;
    struct pollfd p = {-1, 0, 0};
    struct sigaction sa = {.sa_handler = handler, .sa_flags = SA_RESTART};
    sigaction(SIGUSR1, &sa, 0);
    sigemptyset(&none);
    sigemptyset(&usr);
    sigaddset(&usr, SIGUSR1);
    double begin = t_now();
    R(pwait2(&e, 1, &t, 0));
    YES(t_now() - begin >= 0.0029);
    t.tv_nsec = 1000000000;
    R(pwait2(&e, 1, &t, 0));
    t.tv_nsec = -1;
    R(pwait2(&e, 1, &t, 0));
    R(pwait2(&e, 1, t_wild, 0));
    t.tv_nsec = 0;
    R(pwait2(&e, 1, &t, 0));
    R(pwait2(&e, 0, &t, 0));
    sigprocmask(SIG_BLOCK, &usr, 0);
    raise(SIGUSR1);
    R(epoll_wait(ep, &e, 1, 5));
    V(handled);
    t.tv_sec = 5;
    R(pwait2(&e, 1, &t, &none));
    V(handled);
    raise(SIGUSR1);
    R(epoll_pwait(ep, &e, 1, -1, &none));
    raise(SIGUSR1);
    R(ppoll(&p, 1, 0, &none));
    raise(SIGUSR1);
    R(ppoll(0, 0, &t, &none));
    raise(SIGUSR1);
    R(pselect(0, 0, 0, 0, 0, &none));
    V(handled);
    raise(SIGUSR1);
    R(select(0, 0, 0, 0, &tv));
    say("%ld %ld", (long)tv.tv_sec, (long)tv.tv_usec);
    V(handled);
    sigprocmask(SIG_UNBLOCK, &usr, 0);
    V(handled);
    R(syscall(SYS_epoll_pwait, ep, &e, 1, 0, &none, 4));
    R(syscall(SYS_ppoll, 0, 0, &t, &none, 4));
    R(syscall(SYS_ppoll, &p, 1, &(struct timespec){0, -1}, 0, 8));
    R(syscall(SYS_pselect6, 0, 0, 0, 0, &(struct timespec){-1, 0}, 0));
}

static void sets(void)
{
    int s[2], n;
    fd_set in, out, ex;
    struct timeval tv = {0, 0};
    struct pollfd p[4];
    pair(s);
    for (int step = 0; step < 4; step++) {
        FD_ZERO(&in);
        FD_ZERO(&out);
        FD_ZERO(&ex);
        for (int i = 0; i < 2; i++) {
            FD_SET(s[i], &in);
            FD_SET(s[i], &out);
            FD_SET(s[i], &ex);
        }
        n = select(s[1] + 1, &in, &out, &ex, &tv);
        say("select %d: in %d %d out %d %d ex %d %d", n, !!FD_ISSET(s[0], &in),
            !!FD_ISSET(s[1], &in), !!FD_ISSET(s[0], &out), !!FD_ISSET(s[1], &out),
            !!FD_ISSET(s[0], &ex), !!FD_ISSET(s[1], &ex));
        if (step == 0)
            write(s[0], "x", 1);
        else if (step == 1)
            fill(s[1]);
        else
            shutdown(s[0], step == 2 ? SHUT_WR : SHUT_RD);
    }
    close(s[1]);
    p[0] = (struct pollfd){s[0], POLLIN | POLLOUT, 0};
    p[1] = (struct pollfd){s[1], POLLIN, 0};
    p[2] = (struct pollfd){s[0], 0, 0};
    p[3] = (struct pollfd){-5, POLLIN, 7};
    n = poll(p, 4, -1);
    say("poll %d: %x %x %x %x", n, p[0].revents, p[1].revents, p[2].revents, p[3].revents);
    close(s[0]);
    R(select(s[0] + 1, &in, 0, 0, &tv) < 0 ? errno == EBADF : !FD_ISSET(s[0], &in));
    R(select(-1, 0, 0, 0, &tv));
    R(select(5, t_wild, 0, 0, &tv));
    R(syscall(SYS_select, 5, 0, 0, 0, t_wild));
    R(poll(t_wild, 1, 0));
    R(poll(0, 0, 0));
    R(syscall(SYS_poll, p, 1u << 30, 0));
}

int main(void)
{
    ep = epoll_create1(0);
    edges();
    one_shot();
    nesting();
    numbers();
    changes();
    herd();
    masks();
    sets();
    return 0;
}
