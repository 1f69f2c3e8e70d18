/* How connections end: half close, shutdown in every state, RST for what was not read, SO_LINGER,
 * EPIPE and SIGPIPE, and what poll says at each step. */
#include "tcp.h"
#include <sys/time.h>

static volatile int pipes;
static void on_pipe(int sig)
{
    (void)sig;
    pipes++;
}

static char big[300000];

static void half(void)
{
    int p[2];
    char b[16];
    say("half close");
    tcp_pair(p);
    POLL(p[0]);
    R(shutdown(p[0], SHUT_WR));
    POLL(p[0]);
    POLL_FOR(p[1], POLLIN);
    R(recv(p[1], b, 16, 0));
    R(recv(p[1], b, 16, 0));
    R(send(p[1], "still", 5, 0));
    R(recv(p[0], b, 16, 0));
    R(send(p[0], "x", 1, MSG_NOSIGNAL));
    R(send(p[0], "x", 1, 0));
    V(pipes);
    R(shutdown(p[0], SHUT_WR));
    R(shutdown(p[1], SHUT_WR));
    POLL_FOR(p[0], POLLIN);
    POLL_FOR(p[1], POLLHUP);
    R(recv(p[0], b, 16, 0));
    R(recv(p[1], b, 16, 0));
    POLL(p[0]);
    SO_ERR(p[0]);
    PEER(p[0]);
    R(shutdown(p[0], SHUT_RD));
    R(shutdown(p[0], SHUT_RDWR));
    close(p[0]);
    R(shutdown(p[1], SHUT_RDWR));
    R(send(p[1], "x", 1, MSG_NOSIGNAL));
    close(p[1]);
}

static void read_side(void)
{
    int p[2];
    char b[16];
    say("shutdown of reading");
    tcp_pair(p);
    R(shutdown(p[0], SHUT_RD));
    POLL(p[0]);
    R(recv(p[0], b, 16, 0));
    R(send(p[1], "late", 4, 0));
    POLL_FOR(p[0], POLLIN);
    R(ioctl(p[0], FIONREAD, b) >= 0 ? *(int *)b : -1);
    R(recv(p[0], b, 16, 0));
    R(recv(p[0], b, 16, 0));
    R(send(p[0], "out", 3, 0));
    R(recv(p[1], b, 16, 0));
    R(shutdown(p[0], SHUT_WR));
    POLL(p[0]);
    R(recv(p[1], b, 16, 0));
    close(p[0]), close(p[1]);
    say("both at once");
    tcp_pair(p);
    R(send(p[1], "data", 4, 0));
    R(shutdown(p[0], SHUT_RDWR));
    POLL(p[0]);
    R(recv(p[0], b, 16, 0));
    R(recv(p[0], b, 16, 0));
    POLL_FOR(p[1], POLLIN);
    R(recv(p[1], b, 16, 0));
    R(send(p[1], "more", 4, MSG_NOSIGNAL));
    close(p[0]), close(p[1]);
}

static void reset(void)
{
    int p[2];
    char b[16];
    struct linger l = {1, 0};
    say("closed with unread data");
    tcp_pair(p);
    R(send(p[0], "unread", 6, 0));
    R(polled(p[1], POLLIN, 1000) & POLLIN);
    close(p[1]);
    POLL_FOR(p[0], POLLERR);
    R(send(p[0], "x", 1, MSG_NOSIGNAL));
    R(send(p[0], "x", 1, MSG_NOSIGNAL));
    R(recv(p[0], b, 16, 0));
    PEER(p[0]);
    POLL(p[0]);
    close(p[0]);
    tcp_pair(p);
    R(send(p[0], "unread", 6, 0));
    R(send(p[1], "for you", 7, 0));
    R(polled(p[1], POLLIN, 1000) & POLLIN);
    close(p[1]);
    POLL_FOR(p[0], POLLHUP);
    R(recv(p[0], b, 3, 0)); /* what came before the reset is still there */
    R(recv(p[0], b, 16, 0));
    R(recv(p[0], b, 16, 0));
    R(recv(p[0], b, 16, 0));
    close(p[0]);
    say("linger 0");
    tcp_pair(p);
    setsockopt(p[1], SOL_SOCKET, SO_LINGER, &l, sizeof l);
    close(p[1]);
    POLL_FOR(p[0], POLLERR);
    SO_ERR(p[0]);
    SO_ERR(p[0]);
    R(recv(p[0], b, 16, 0));
    R(send(p[0], "x", 1, MSG_NOSIGNAL));
    R(send(p[0], "x", 1, 0));
    V(pipes);
    close(p[0]);
    say("to one that has gone");
    tcp_pair(p);
    close(p[1]);
    POLL_FOR(p[0], POLLIN);
    R(send(p[0], "first", 5, 0)); /* answered by RST */
    POLL_FOR(p[0], POLLERR);
    R(send(p[0], "second", 6, MSG_NOSIGNAL));
    R(send(p[0], "third", 5, MSG_NOSIGNAL));
    R(recv(p[0], b, 16, 0));
    SO_ERR(p[0]);
    close(p[0]);
    say("after half a close");
    tcp_pair(p);
    R(shutdown(p[0], SHUT_WR));
    R(polled(p[1], POLLIN, 1000) & POLLIN);
    setsockopt(p[1], SOL_SOCKET, SO_LINGER, &l, sizeof l);
    close(p[1]);
    POLL_FOR(p[0], POLLERR | POLLHUP);
    R(recv(p[0], b, 16, 0));
    R(recv(p[0], b, 16, 0));
    close(p[0]);
}

static void lingering(void)
{
    int p[2];
    struct linger l = {1, 5};
    struct timespec a, b;
    size_t sent = 0, got = 0;
    ssize_t n;
    static char in[65536];
    say("linger 5");
    tcp_pair(p);
    setsockopt(p[0], SOL_SOCKET, SO_LINGER, &l, sizeof l);
    R(send(p[0], "bye", 3, 0));
    clock_gettime(CLOCK_MONOTONIC, &a);
    R(close(p[0]));
    clock_gettime(CLOCK_MONOTONIC, &b);
    YES(b.tv_sec - a.tv_sec < 2);
    R(recv(p[1], in, 100, 0));
    R(recv(p[1], in, 100, 0));
    close(p[1]);
    say("what was sent before close arrives");
    tcp_pair(p);
    nonblock(p[0]);
    while ((n = send(p[0], big, sizeof big, 0)) > 0)
        sent += (size_t)n;
    close(p[0]);
    while ((n = recv(p[1], in, sizeof in, 0)) > 0)
        got += (size_t)n;
    R(n);
    YES(sent == got && sent > 0);
    close(p[1]);
    say("linger runs out");
    tcp_pair(p);
    nonblock(p[0]);
    while (send(p[0], big, sizeof big, 0) > 0)
        ;
    l.l_linger = 1;
    setsockopt(p[0], SOL_SOCKET, SO_LINGER, &l, sizeof l);
    clock_gettime(CLOCK_MONOTONIC, &a);
    close(p[0]);
    clock_gettime(CLOCK_MONOTONIC, &b);
    long ms = (b.tv_sec - a.tv_sec) * 1000 + (b.tv_nsec - a.tv_nsec) / 1000000;
    YES(ms > 900 && ms < 3000);
    close(p[1]);
}

static void states(void)
{
    int l = tcp_listener(2), c = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    char b;
    say("a fresh one");
    POLL(c);
    for (int how = 0; how < 3; how++) {
        R(shutdown(c, how));
        POLL(c);
    }
    R(recv(c, &b, 1, 0));
    R(send(c, &b, 1, MSG_NOSIGNAL));
    struct sockaddr_in a = v4("127.0.0.1", port_of(l));
    R(connect(c, SA(&a), sizeof a));
    POLL_FOR(c, POLLOUT);
    R(send(c, &b, 1, MSG_NOSIGNAL));
    close(c);
    say("a listener");
    POLL_FOR(l, POLLIN);
    R(shutdown(l, SHUT_WR));
    R(accept(l, NULL, NULL) >= 0);
    POLL(l);
    c = tcp_client(l);
    POLL_FOR(l, POLLIN);
    R(shutdown(l, SHUT_RD));
    POLL(l);
    R(accept(l, NULL, NULL));
    POLL_FOR(c, POLLHUP); /* it waited in the queue */
    SO_ERR(c);
    close(c);
    R(listen(l, 2));
    c = socket(AF_INET, SOCK_STREAM, 0);
    R(connect(c, SA(&a), sizeof a));
    POLL_FOR(l, POLLIN);
    close(l);
    POLL_FOR(c, POLLHUP);
    SO_ERR(c);
    R(recv(c, &b, 1, 0));
    close(c);
    say("reset while it waits");
    l = tcp_listener(2);
    c = tcp_client(l);
    R(send(c, "abc", 3, 0));
    struct linger lg = {1, 0};
    setsockopt(c, SOL_SOCKET, SO_LINGER, &lg, sizeof lg);
    R(polled(l, POLLIN, 1000) & POLLIN);
    close(c);
    usleep(50000);
    POLL(l);
    int s = accept(l, NULL, NULL);
    YES(s >= 0);
    POLL(s);
    char buf[8];
    R(recv(s, buf, 2, 0));
    R(recv(s, buf, 8, 0));
    R(recv(s, buf, 8, 0));
    R(recv(s, buf, 8, 0));
    close(s);
    c = tcp_client(l);
    R(send(c, "abc", 3, 0));
    close(c);
    s = accept(l, NULL, NULL);
    POLL_FOR(s, POLLRDHUP);
    R(recv(s, buf, 8, 0));
    R(recv(s, buf, 8, 0));
    R(send(s, buf, 1, 0));
    POLL_FOR(s, POLLERR);
    R(recv(s, buf, 8, 0));
    SO_ERR(s);
    R(send(s, buf, 1, MSG_NOSIGNAL));
    close(s);
}

int main(void)
{
    signal(SIGPIPE, on_pipe);
    half();
    read_side();
    reset();
    lingering();
    states();
    return 0;
}
