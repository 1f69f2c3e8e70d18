/* epoll: level, edge, one shot, data, modification, nesting, refusals, closing, many. */
#include "t.h"
#include <poll.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

static int ep;

static int add(int fd, unsigned events, long data)
{
    struct epoll_event e = {.events = events, .data.u64 = (uint64_t)data};
    return epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e);
}

static int mod(int fd, unsigned events, long data)
{
    struct epoll_event e = {.events = events, .data.u64 = (uint64_t)data};
    return epoll_ctl(ep, EPOLL_CTL_MOD, fd, &e);
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
    qsort(e, n, sizeof *e, cmp);
    line[0] = 0;
    for (int i = 0; i < n; i++)
        len += snprintf(line + len, sizeof line - len, " %ld:%x", (long)e[i].data.u64, e[i].events);
    say("%s:%s", what, n ? line : " nothing");
}

static void *feed(void *arg)
{
    t_sleep_ms(30);
    write((int)(long)arg, "late", 4);
    return 0;
}

int main(void)
{
    int p[2], q[2], ev, fd, ep2;
    char buf[100];
    struct epoll_event e;
    pthread_t t;

    t_scratch();
    t_put("f", "x");
    R(ep = epoll_create1(EPOLL_CLOEXEC));
    R(fcntl(ep, F_GETFD));
    pipe(p), pipe(q);
    show("empty", 0);
    R(add(p[0], EPOLLIN, 1));
    R(add(p[1], EPOLLOUT, 2));
    R(add(p[0], EPOLLIN, 3));
    show("write ready", 0);
    write(p[1], "abc", 3);
    show("both", 0);
    show("level: again", 0);
    read(p[0], buf, 1);
    show("level: still", 0);
    read(p[0], buf, 9);
    show("drained", 0);
    R(mod(p[0], EPOLLIN | EPOLLET, 4));
    R(epoll_ctl(ep, EPOLL_CTL_DEL, p[1], 0));
    R(epoll_ctl(ep, EPOLL_CTL_DEL, p[1], 0));
    R(mod(p[1], EPOLLOUT, 2));
    write(p[1], "abc", 3);
    show("edge", 0);
    show("edge: once", 0);
    read(p[0], buf, 1);
    show("edge: reading is no edge", 0);
    write(p[1], "d", 1);
    show("edge: more came", 0);
    R(mod(p[0], EPOLLIN | EPOLLET, 4));
    show("edge: armed anew", 0);
    R(mod(p[0], EPOLLIN | EPOLLONESHOT, 5));
    show("one shot", 0);
    write(p[1], "e", 1);
    show("one shot: off", 0);
    R(mod(p[0], EPOLLIN | EPOLLONESHOT, 6));
    show("one shot: on", 0);
    R(mod(p[0], 0, 7));
    show("no events", 0);
    close(p[1]);
    show("hang up always", 0);
    R(mod(p[0], EPOLLIN | EPOLLRDHUP, 8));
    show("data and hang up", 0);
    close(p[0]);
    show("closed", 0);

    ev = eventfd(1, 0);
    R(add(ev, EPOLLIN | EPOLLOUT | EPOLLET, 10));
    show("eventfd", 0);
    show("eventfd: once", 0);
    eventfd_write(ev, 1);
    show("eventfd: written", 0);
    R(add(q[1], EPOLLOUT | EPOLLET, 11));
    show("out edge", 0);
    close(q[0]);
    show("reader gone", 0);
    int d = dup(q[1]);
    R(add(d, EPOLLOUT, 12));
    close(q[1]);
    show("the duplicate keeps it", 0);
    R(epoll_ctl(ep, EPOLL_CTL_DEL, q[1], 0));
    close(d);
    show("now it is gone", 0);

    /* Nested. */
    ep2 = epoll_create1(0);
    pipe(p);
    e = (struct epoll_event){.events = EPOLLIN, .data.u64 = 100};
    R(epoll_ctl(ep2, EPOLL_CTL_ADD, p[0], &e));
    R(add(ep2, EPOLLIN, 20));
    show("inner empty", 0);
    write(p[1], "z", 1);
    show("inner ready", 0);
    struct pollfd pf = {ep2, POLLIN, 0};
    R(poll(&pf, 1, 0));
    V(pf.revents);
    e.data.u64 = 1;
    R(epoll_ctl(ep2, EPOLL_CTL_ADD, ep, &e));
    R(epoll_ctl(ep, EPOLL_CTL_ADD, ep, &e));
    read(p[0], buf, 1);
    R(epoll_ctl(ep, EPOLL_CTL_DEL, ep2, 0));

    /* Refusals. */
    fd = open("f", O_RDWR);
    R(add(fd, EPOLLIN, 0));
    R(add(open(".", O_RDONLY), EPOLLIN, 0));
    R(add(open("/dev/null", O_RDWR), EPOLLIN, 0));
    R(add(999, EPOLLIN, 0));
    R(add(-1, EPOLLIN, 0));
    R(epoll_ctl(fd, EPOLL_CTL_ADD, p[0], &e));
    R(epoll_ctl(999, EPOLL_CTL_ADD, p[0], &e));
    R(epoll_ctl(ep, 77, p[0], &e));
    R(epoll_ctl(ep, EPOLL_CTL_ADD, p[0], 0));
    R(epoll_ctl(ep, EPOLL_CTL_ADD, p[0], t_wild));
    R(epoll_wait(ep, &e, 0, 0));
    R(epoll_wait(ep, &e, -1, 0));
    R(epoll_wait(fd, &e, 1, 0));
    R(epoll_wait(999, &e, 1, 0));
    R(add(p[0], EPOLLIN, 30));
    write(p[1], "x", 1);
    R(epoll_wait(ep, t_wild, 1, 0));
    R(read(p[0], buf, 10));
    R(epoll_create(0));
    R(epoll_create(-1));
    R(epoll_create1(0x1234));
    R(read(ep, buf, 1));
    R(write(ep, buf, 1));

    /* Waiting. */
    double t0 = t_now();
    show("timeout", 40);
    YES(t_now() - t0 >= 0.039 && t_now() - t0 < 1);
    pthread_create(&t, 0, feed, (void *)(long)p[1]);
    show("woken", 5000);
    pthread_join(t, 0);
    read(p[0], buf, 10);
    R(epoll_ctl(ep, EPOLL_CTL_DEL, p[0], 0));

    /* 300 descriptors; three at a time, each comes up in turn. */
    static int many[300];
    static int seen[300];
    for (int i = 0; i < 300; i++) {
        many[i] = eventfd(1, 0);
        if (add(many[i], EPOLLIN, 1000 + i))
            say("add: %s", t_errno(errno));
    }
    struct epoll_event three[3];
    int rounds = 0, all = 0, bad = 0;
    while (all < 300 && rounds < 1000) {
        int n = epoll_wait(ep, three, 3, 0);
        bad += n != 3;
        for (int i = 0; i < n; i++)
            if (!seen[three[i].data.u64 - 1000]++)
                all++;
        rounds++;
    }
    say("%d seen, fair: %s, %d short", all, rounds == 100 ? "yes" : "no", bad);
    return 0;
}
