/* connect: what it answers in every state, with and without waiting, and how a socket goes on after
 * a failure. */
#include "tcp.h"

static int dead_port(void)
{
    int l = tcp_listener(1), port = port_of(l);
    close(l);
    return port;
}

static void refused(void)
{
    struct sockaddr_in a = v4("127.0.0.1", dead_port());
    int c = socket(AF_INET, SOCK_STREAM, 0), l;
    R(connect(c, SA(&a), sizeof a));
    SO_ERR(c);
    POLL(c);
    R(connect(c, SA(&a), sizeof a));
    NAME(c);
    PEER(c);
    R(send(c, "x", 1, MSG_NOSIGNAL));
    R(recv(c, &a, 1, 0));
    l = tcp_listener(1);
    a.sin_port = htons(port_of(l));
    R(connect(c, SA(&a), sizeof a)); /* the same socket connects after all */
    PEER(c);
    close(c), close(l);
    say("without waiting");
    c = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    a.sin_port = htons(dead_port());
    R(connect(c, SA(&a), sizeof a));
    POLL_FOR(c, POLLOUT);
    SO_ERR(c);
    SO_ERR(c);
    POLL(c);
    R(connect(c, SA(&a), sizeof a));
    R(connect(c, SA(&a), sizeof a));
    POLL_FOR(c, POLLOUT);
    R(connect(c, SA(&a), sizeof a));
    R(connect(c, SA(&a), sizeof a));
    POLL_FOR(c, POLLOUT);
    R(send(c, "x", 1, MSG_NOSIGNAL));
    R(send(c, "x", 1, MSG_NOSIGNAL));
    R(recv(c, &a, 1, 0));
    close(c);
    c = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    R(connect(c, SA(&a), sizeof a));
    POLL_FOR(c, POLLOUT);
    R(recv(c, &a, 1, 0));
    R(recv(c, &a, 1, 0));
    R(shutdown(c, SHUT_WR));
    close(c);
    /* IPv6 */
    struct sockaddr_in6 b = v6("::1", dead_port());
    c = socket(AF_INET6, SOCK_STREAM, 0);
    R(connect(c, SA(&b), sizeof b));
    close(c);
    /* Port 0 is nobody's. */
    a = v4("127.0.0.1", 0);
    c = socket(AF_INET, SOCK_STREAM, 0);
    R(connect(c, SA(&a), sizeof a));
    close(c);
}

static void accepted_later(void)
{
    int l = tcp_listener(3), c = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), s;
    struct sockaddr_in a = v4("127.0.0.1", port_of(l));
    char b[8];
    R(connect(c, SA(&a), sizeof a));
    POLL_FOR(c, POLLOUT);
    PEER(c);
    R(connect(c, SA(&a), sizeof a)); /* tells that it worked, once */
    R(connect(c, SA(&a), sizeof a));
    SO_ERR(c);
    R(send(c, "early", 5, 0)); /* before anybody accepted */
    POLL_FOR(l, POLLIN);
    R(s = accept(l, NULL, NULL));
    R(recv(s, b, 8, 0));
    R(recv(c, b, 8, 0));
    /* Away from it, and on to another. */
    struct sockaddr none = {.sa_family = AF_UNSPEC};
    R(connect(c, &none, sizeof none));
    SO_ERR(c);
    POLL(c);
    NAME(c);
    PEER(c);
    POLL_FOR(s, POLLIN);
    R(recv(s, b, 8, 0));
    R(recv(s, b, 8, 0));
    fcntl(c, F_SETFL, 0);
    R(connect(c, SA(&a), sizeof a));
    PEER(c);
    R(connect(c, &none, 1));
    R(connect(c, &none, 2));
    PEER(c);
    close(c), close(s), close(l);
    /* On one that was never connected. */
    c = socket(AF_INET, SOCK_STREAM, 0);
    R(connect(c, &none, sizeof none));
    close(c);
}

static void nowhere(void)
{
    static const char *to[] = {"224.0.0.1", "255.255.255.255", "0.0.0.0", NULL};
    for (int i = 0; to[i]; i++) {
        struct sockaddr_in a = v4(to[i], dead_port());
        int c = socket(AF_INET, SOCK_STREAM, 0);
        int r = connect(c, SA(&a), sizeof a);
        say("%s: %s", to[i], r < 0 ? t_errno(errno) : "ok");
        close(c);
    }
    static const char *to6[] = {"ff02::1", "::", "::ffff:224.0.0.1", "fe80::1", NULL};
    for (int i = 0; to6[i]; i++) {
        struct sockaddr_in6 a = v6(to6[i], dead_port());
        int c = socket(AF_INET6, SOCK_STREAM, 0);
        int r = connect(c, SA(&a), sizeof a);
        say("%s: %s", to6[i], r < 0 ? t_errno(errno) : "ok");
        close(c);
    }
    struct sockaddr_in a = v4("127.0.0.1", 80);
    int c = socket(AF_INET, SOCK_STREAM, 0);
    a.sin_family = AF_UNIX;
    R(connect(c, SA(&a), sizeof a));
    a.sin_family = 99;
    R(connect(c, SA(&a), sizeof a));
    a.sin_family = AF_INET;
    R(connect(c, SA(&a), sizeof a - 1));
    R(connect(c, SA(&a), 8));
    R(connect(c, SA(&a), 2));
}

/* The end that was bound stays. */
static void bound(void)
{
    int l = tcp_listener(5), other = tcp_listener(5);
    struct sockaddr_in a = v4("127.0.0.1", port_of(l)), b = v4("127.0.0.1", port_of(other));
    struct sockaddr_in me = v4("127.0.0.5", 0);
    int c = socket(AF_INET, SOCK_STREAM, 0), d;
    R(bind(c, SA(&me), sizeof me));
    int port = port_of(c);
    R(connect(c, SA(&a), sizeof a));
    YES(port_of(c) == port);
    struct sockaddr none = {.sa_family = AF_UNSPEC};
    R(connect(c, &none, sizeof none));
    NAME(c);
    R(connect(c, SA(&b), sizeof b));
    NAME(c);
    /* Two sockets, one local port, one destination: not twice. */
    int one = 1;
    me.sin_port = htons(port_of(c));
    d = socket(AF_INET, SOCK_STREAM, 0);
    R(bind(d, SA(&me), sizeof me));
    close(d), close(c);
    c = socket(AF_INET, SOCK_STREAM, 0), d = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(c, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    setsockopt(d, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    me = v4("127.0.0.6", 0);
    R(bind(c, SA(&me), sizeof me));
    me.sin_port = htons(port_of(c));
    R(bind(d, SA(&me), sizeof me));
    R(connect(c, SA(&a), sizeof a));
    R(connect(d, SA(&a), sizeof a));
    R(connect(d, SA(&b), sizeof b));
    close(c), close(d), close(l), close(other);
}

int main(void)
{
    refused();
    accepted_later();
    nowhere();
    bound();
    return 0;
}
