/* Listening: the queue and its length, order, several listeners on one port, accept where no
 * descriptor is left, and sockets of both kinds watched by epoll. */
#include "tcp.h"
#include <sys/epoll.h>
#include <sys/resource.h>

static int try_connect(int port)
{
    struct sockaddr_in a = v4("127.0.0.1", port);
    int c = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    connect(c, SA(&a), sizeof a);
    return c;
}

static void backlog(int n)
{
    int l = tcp_listener(n), c[8], up = 0;
    say("backlog %d", n);
    for (int i = 0; i < 8; i++)
        c[i] = try_connect(port_of(l));
    usleep(100000);
    for (int i = 0; i < 8; i++)
        up += !!(polled(c[i], 0, 0) & POLLOUT);
    V(up);
    nonblock(l);
    int s, got = 0;
    while ((s = accept(l, NULL, NULL)) >= 0) {
        got++;
        close(s);
    }
    V(got);
    for (int i = 0; i < 8; i++)
        close(c[i]);
    close(l);
}

static void order(void)
{
    int l = tcp_listener(10), c[5], s;
    char b;
    for (int i = 0; i < 5; i++) {
        c[i] = tcp_client(l);
        b = (char)('a' + i);
        send(c[i], &b, 1, 0);
    }
    close(c[2]);
    for (int i = 0; i < 5; i++) {
        s = accept(l, NULL, NULL);
        R(recv(s, &b, 1, 0));
        say("%c", b);
        close(s);
    }
    nonblock(l);
    R(accept(l, NULL, NULL));
    R(accept4(l, NULL, NULL, SOCK_NONBLOCK));
    close(l);
}

static void balance(void)
{
    int l[4], one = 1, n[4] = {0}, used = 0, total = 0, c[64];
    struct sockaddr_in a = v4("127.0.0.1", 0);
    for (int i = 0; i < 4; i++) {
        l[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        setsockopt(l[i], SOL_SOCKET, SO_REUSEPORT, &one, sizeof one);
        R(bind(l[i], SA(&a), sizeof a));
        R(listen(l[i], 64));
        a.sin_port = htons(port_of(l[i]));
    }
    for (int i = 0; i < 64; i++)
        c[i] = try_connect(port_of(l[0]));
    for (int i = 0; i < 4; i++) {
        int s;
        while ((s = accept(l[i], NULL, NULL)) >= 0) {
            n[i]++;
            close(s);
        }
        used += n[i] > 0;
        total += n[i];
    }
    YES(used > 1);
    V(total);
    for (int i = 0; i < 64; i++)
        close(c[i]);
    /* One goes: its connections go, the others stay. */
    for (int i = 0; i < 8; i++)
        c[i] = try_connect(port_of(l[0]));
    close(l[0]);
    int s, late = 0;
    for (int i = 0; i < 8; i++) {
        int x = try_connect(ntohs(a.sin_port));
        usleep(1000);
        late += !!(polled(x, POLLOUT, 1000) == POLLOUT);
        close(x);
    }
    V(late);
    for (int i = 1; i < 4; i++) {
        while ((s = accept(l[i], NULL, NULL)) >= 0)
            close(s);
        close(l[i]);
    }
    for (int i = 0; i < 8; i++)
        close(c[i]);
}

static void no_descriptors(void)
{
    struct rlimit old, few = {40, 40};
    int l = tcp_listener(5), c = tcp_client(l), s, fds[64], n = 0;
    getrlimit(RLIMIT_NOFILE, &old);
    few.rlim_max = old.rlim_max;
    setrlimit(RLIMIT_NOFILE, &few);
    while ((fds[n] = dup(0)) >= 0)
        n++;
    R(polled(l, POLLIN, 1000) & POLLIN);
    R(accept(l, NULL, NULL));
    R(accept(l, NULL, NULL));
    R(socket(AF_INET, SOCK_STREAM, 0));
    R(socketpair(AF_UNIX, SOCK_STREAM, 0, fds + 62));
    R(accept(fds[0], NULL, NULL));
    POLL(l); /* it is still there */
    close(fds[--n]);
    YES((s = accept(l, NULL, NULL)) >= 0);
    R(accept(l, NULL, NULL));
    while (n)
        close(fds[--n]);
    setrlimit(RLIMIT_NOFILE, &old);
    char b[4];
    R(send(c, "abc", 3, 0));
    R(recv(s, b, 4, 0));
    close(s), close(c), close(l);
}

static void watch(void)
{
    int l = tcp_listener(5), ep = epoll_create1(0), c, s, n;
    struct epoll_event e = {.events = EPOLLIN, .data.u32 = 1}, got[4];
    char b[8];
    R(epoll_ctl(ep, EPOLL_CTL_ADD, l, &e));
    R(epoll_wait(ep, got, 4, 0));
    c = tcp_client(l);
    R(epoll_wait(ep, got, 4, 1000));
    say("%d %#x", got[0].data.u32, got[0].events);
    s = accept(l, NULL, NULL);
    R(epoll_wait(ep, got, 4, 0));
    e = (struct epoll_event){.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.u32 = 2};
    R(epoll_ctl(ep, EPOLL_CTL_ADD, s, &e));
    R(epoll_wait(ep, got, 4, 0));
    say("%d %#x", got[0].data.u32, got[0].events);
    R(epoll_wait(ep, got, 4, 0));
    R(send(c, "abc", 3, 0));
    R(epoll_wait(ep, got, 4, 1000));
    say("%d %#x", got[0].data.u32, got[0].events);
    R(recv(s, b, 1, 0));
    R(epoll_wait(ep, got, 4, 20)); /* an edge is told once */
    R(send(c, "d", 1, 0));
    R(epoll_wait(ep, got, 4, 1000));
    say("%d %#x", got[0].data.u32, got[0].events);
    R(recv(s, b, 8, 0));
    R(shutdown(c, SHUT_WR));
    R(epoll_wait(ep, got, 4, 1000));
    say("%d %#x", got[0].data.u32, got[0].events);
    R(recv(s, b, 8, 0));
    R(epoll_wait(ep, got, 4, 20));
    close(c);
    R(send(s, "x", 1, 0));
    usleep(20000);
    R(n = epoll_wait(ep, got, 4, 1000));
    if (n > 0)
        say("%d %#x", got[0].data.u32, got[0].events);
    close(s);
    R(epoll_wait(ep, got, 4, 20));
    /* One that connects. */
    c = try_connect(port_of(l));
    e = (struct epoll_event){.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.u32 = 3};
    R(epoll_ctl(ep, EPOLL_CTL_ADD, c, &e));
    e = (struct epoll_event){.events = 0, .data.u32 = 1};
    R(epoll_ctl(ep, EPOLL_CTL_MOD, l, &e));
    R(epoll_wait(ep, got, 4, 1000));
    say("%d %#x", got[0].data.u32, got[0].events);
    /* Room to send: told when there is enough again. */
    s = accept(l, NULL, NULL);
    static char big[100000];
    while (send(c, big, sizeof big, 0) > 0)
        ;
    R(epoll_wait(ep, got, 4, 0));
    while (recv(s, big, sizeof big, MSG_DONTWAIT) > 0 || polled(s, POLLIN, 200) & POLLIN)
        ;
    R(epoll_wait(ep, got, 4, 1000));
    say("%d %#x", got[0].data.u32, got[0].events);
    R(epoll_wait(ep, got, 4, 20));
    close(c), close(s), close(l), close(ep);
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    backlog(0);
    backlog(1);
    backlog(3);
    order();
    balance();
    no_descriptors();
    watch();
    return 0;
}
