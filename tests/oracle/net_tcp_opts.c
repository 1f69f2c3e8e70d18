/* Options of SOL_TCP: first values, what is taken and refused, what TCP_INFO says that does not
 * depend on the machine. */
#include "tcp.h"

#ifndef TCP_INQ
#define TCP_INQ 36
#endif

static void get(int fd, const char *name, int opt)
{
    int v = -99;
    socklen_t len = sizeof v;
    if (getsockopt(fd, IPPROTO_TCP, opt, &v, &len) < 0)
        say("  %s: %s", name, t_errno(errno));
    else
        say("  %s: %d, length %d", name, v, (int)len);
}

static void set(int fd, const char *name, int opt, int v)
{
    int r = setsockopt(fd, IPPROTO_TCP, opt, &v, sizeof v);
    say(" %s = %d: %s", name, v, r < 0 ? t_errno(errno) : "ok");
    get(fd, name, opt);
}
#define G(o) get(fd, #o, o)
#define SET(o, v) set(fd, #o, o, v)

static void fresh(int fd)
{
    static const int values[] = {0, 1, 2, 5, 60, 127, 128, 32767, 32768, -1, 100000};
    G(TCP_MAXSEG), G(TCP_SYNCNT), G(TCP_KEEPIDLE), G(TCP_KEEPINTVL), G(TCP_KEEPCNT), G(TCP_LINGER2);
    G(TCP_DEFER_ACCEPT), G(TCP_QUICKACK), G(TCP_USER_TIMEOUT), G(TCP_NODELAY), G(TCP_CORK);
    G(TCP_WINDOW_CLAMP), G(TCP_INQ);
    for (unsigned i = 0; i < sizeof values / sizeof *values; i++) {
        int v = values[i];
        SET(TCP_NODELAY, v), SET(TCP_CORK, v), SET(TCP_KEEPIDLE, v), SET(TCP_KEEPINTVL, v);
        SET(TCP_KEEPCNT, v), SET(TCP_SYNCNT, v), SET(TCP_LINGER2, v), SET(TCP_DEFER_ACCEPT, v);
        SET(TCP_USER_TIMEOUT, v), SET(TCP_QUICKACK, v), SET(TCP_INQ, v);
        SET(TCP_NOTSENT_LOWAT, v), SET(TCP_WINDOW_CLAMP, v);
        if (v != 0)
            SET(TCP_MAXSEG, v);
    }
}

static void names(int fd)
{
    char s[32] = "x";
    socklen_t len = sizeof s;
    R(setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, "reno", 4));
    memset(s, 'x', sizeof s);
    R(getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, s, &len));
    say("%.16s %d", s, (int)len);
    len = 3;
    R(getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, s, &len));
    V(len);
    R(setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, "nosuch", 6));
    R(setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, "", 0));
    R(setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, t_wild, 4));
    R(setsockopt(fd, IPPROTO_TCP, TCP_ULP, "nosuch", 6));
    R(setsockopt(fd, IPPROTO_TCP, 999, s, 4));
    R(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, s, 3));
    R(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, t_wild, 4));
    len = 4;
    R(getsockopt(fd, IPPROTO_TCP, 999, s, &len));
    len = 2;
    memset(s, 'x', sizeof s);
    R(getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, s, &len));
    V(len);
    V(s[2]);
    len = (socklen_t)-1;
    R(getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, s, &len));
    R(getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, s, t_wild));
}

static int state(int fd)
{
    struct tcp_info i;
    socklen_t len = sizeof i;
    memset(&i, 0xff, sizeof i);
    if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &i, &len) < 0 || len < 100)
        return -1;
    return i.tcpi_state;
}

static void info(void)
{
    int l = tcp_listener(7), fd = socket(AF_INET, SOCK_STREAM, 0), p[2];
    struct tcp_info i;
    socklen_t len;
    V(state(fd));
    V(state(l));
    close(fd);
    fd = tcp_client(l);
    R(polled(l, POLLIN, 1000) & POLLIN);
    len = sizeof i;
    getsockopt(l, IPPROTO_TCP, TCP_INFO, &i, &len);
    say("queue %d of %d", i.tcpi_unacked, i.tcpi_sacked);
    tcp_pair(p);
    V(state(p[0]));
    len = sizeof i;
    memset(&i, 0, sizeof i);
    R(getsockopt(p[0], IPPROTO_TCP, TCP_INFO, &i, &len));
    YES(i.tcpi_rto > 1000);
    YES(i.tcpi_snd_mss > 500);
    YES(i.tcpi_snd_cwnd > 0);
    YES(i.tcpi_pmtu > 1000);
    YES(i.tcpi_options & TCPI_OPT_WSCALE);
    V(i.tcpi_unacked);
    V(i.tcpi_retransmits);
    len = 1;
    R(getsockopt(p[0], IPPROTO_TCP, TCP_INFO, &i, &len));
    V(len);
    R(shutdown(p[0], SHUT_WR));
    R(polled(p[1], POLLIN, 1000) & POLLIN);
    usleep(10000);
    V(state(p[0]));
    V(state(p[1]));
    R(shutdown(p[1], SHUT_WR));
    R(polled(p[0], POLLHUP, 1000) & POLLHUP ? 1 : 0);
    V(state(p[0]));
    V(state(p[1]));
    close(p[0]), close(p[1]), close(l), close(fd);
}

/* A connection is not accepted before it has said something. */
static void deferred(void)
{
    int l = tcp_listener(5), c, s, v = 2;
    char b[8];
    setsockopt(l, IPPROTO_TCP, TCP_DEFER_ACCEPT, &v, sizeof v);
    c = tcp_client(l);
    usleep(50000);
    POLL(l);
    R(send(c, "now", 3, 0));
    POLL_FOR(l, POLLIN);
    s = accept(l, NULL, NULL);
    R(recv(s, b, 8, 0));
    close(s), close(c);
    nonblock(l);
    c = tcp_client(l);
    R(accept(l, NULL, NULL));
    R(shutdown(c, SHUT_WR));
    POLL_FOR(l, POLLIN);
    close(c), close(l);
}

int main(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    fresh(fd);
    names(fd);
    close(fd);
    fd = socket(AF_INET6, SOCK_STREAM, 0);
    SET(TCP_NODELAY, 1), SET(TCP_KEEPIDLE, 5);
    close(fd);
    info();
    deferred();
    return 0;
}
