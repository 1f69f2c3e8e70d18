/* bind: who may share a port with whom, by address, SO_REUSEADDR, SO_REUSEPORT, state and family.
 */
#include "tcp.h"

struct end {
    int family;
    const char *ip;
    int addr, port; /* SO_REUSEADDR, SO_REUSEPORT */
    int listens;
    int only6;
};

static int made(const struct end *e, int port)
{
    int fd = socket(e->family, SOCK_STREAM, 0), r;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &e->addr, sizeof e->addr);
    setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &e->port, sizeof e->port);
    if (e->family == AF_INET6) {
        struct sockaddr_in6 a = v6(e->ip, port);
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &e->only6, sizeof e->only6);
        r = bind(fd, SA(&a), sizeof a);
    } else {
        struct sockaddr_in a = v4(e->ip, port);
        r = bind(fd, SA(&a), sizeof a);
    }
    if (r < 0) {
        int err = errno;
        close(fd);
        errno = err;
        return -1;
    }
    if (e->listens && listen(fd, 1) < 0) {
        close(fd);
        return -2;
    }
    return fd;
}

static void text(char *s, size_t n, const struct end *e)
{
    snprintf(s, n, "%s%s%s%s%s", e->ip, e->addr ? "+addr" : "", e->port ? "+port" : "",
             e->listens ? " listens" : "", e->only6 ? " only6" : "");
}

static void matrix(void)
{
    static const struct end ends[] = {
        {AF_INET, "0.0.0.0", 0, 0, 0, 0},
        {AF_INET, "127.0.0.1", 0, 0, 0, 0},
        {AF_INET, "127.0.0.2", 0, 0, 0, 0},
        {AF_INET, "127.0.0.1", 1, 0, 0, 0},
        {AF_INET, "127.0.0.1", 1, 0, 1, 0},
        {AF_INET, "0.0.0.0", 1, 0, 1, 0},
        {AF_INET, "0.0.0.0", 1, 0, 0, 0},
        {AF_INET, "127.0.0.1", 0, 1, 1, 0},
        {AF_INET, "0.0.0.0", 0, 1, 1, 0},
        {AF_INET, "127.0.0.1", 1, 1, 1, 0},
        {AF_INET6, "::", 0, 0, 0, 0},
        {AF_INET6, "::", 0, 0, 1, 1},
        {AF_INET6, "::1", 0, 0, 1, 0},
        {AF_INET6, "::", 1, 0, 1, 0},
        {AF_INET6, "::ffff:127.0.0.1", 0, 0, 0, 0},
        {AF_INET6, "::ffff:0.0.0.0", 0, 0, 0, 0},
        {AF_INET6, "::", 0, 1, 1, 0},
    };
    unsigned n = sizeof ends / sizeof *ends;
    for (unsigned i = 0; i < n; i++)
        for (unsigned j = 0; j < n; j++) {
            char a[64], b[64];
            int first = made(&ends[i], 0);
            if (first < 0) {
                say("first %s", t_errno(errno));
                continue;
            }
            int second = made(&ends[j], port_of(first));
            text(a, sizeof a, &ends[i]);
            text(b, sizeof b, &ends[j]);
            say("%s, then %s: %s", a, b,
                second >= 0    ? "ok"
                : second == -2 ? "listen fails"
                               : t_errno(errno));
            close(first);
            if (second >= 0)
                close(second);
        }
}

static void addresses(void)
{
    static const char *ip[] = {"127.0.0.1", "127.255.255.254", "192.0.2.1", "8.8.8.8",
                               "224.0.0.1", "255.255.255.255", NULL};
    for (int i = 0; ip[i]; i++) {
        int fd = socket(AF_INET, SOCK_STREAM, 0);
        struct sockaddr_in a = v4(ip[i], 0);
        int r = bind(fd, SA(&a), sizeof a);
        say("bind %s: %s", ip[i], r < 0 ? t_errno(errno) : "ok");
        close(fd);
    }
    static const char *ip6[] = {
        "::1", "2001:db8::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:192.0.2.1", "fe80::1", NULL};
    for (int i = 0; ip6[i]; i++) {
        int fd = socket(AF_INET6, SOCK_STREAM, 0);
        struct sockaddr_in6 a = v6(ip6[i], 0);
        int r = bind(fd, SA(&a), sizeof a);
        say("bind %s: %s", ip6[i], r < 0 ? t_errno(errno) : "ok");
        close(fd);
    }
    struct sockaddr_in a = v4("127.0.0.1", 0);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    a.sin_family = AF_UNSPEC;
    R(bind(fd, SA(&a), sizeof a));
    a.sin_family = AF_INET6;
    R(bind(fd, SA(&a), sizeof a));
    a.sin_family = AF_INET;
    R(bind(fd, SA(&a), 15));
    R(bind(fd, SA(&a), 100));
    int p = port_of(fd);
    YES(p >= 1024);
    close(fd);
    fd = socket(AF_INET, SOCK_STREAM, 0);
    a = v4("0.0.0.0", 0);
    a.sin_family = AF_UNSPEC;
    R(bind(fd, SA(&a), sizeof a));
    NAME(fd);
    close(fd);
}

/* After a connection: its port is taken until it is forgotten, unless both allow it. */
static void after(int reuse_before, int reuse_after)
{
    int l = socket(AF_INET, SOCK_STREAM, 0), c, s, fd;
    struct sockaddr_in a = v4("127.0.0.1", 0);
    char b;
    say("reuse %d before, %d after", reuse_before, reuse_after);
    setsockopt(l, SOL_SOCKET, SO_REUSEADDR, &reuse_before, sizeof reuse_before);
    R(bind(l, SA(&a), sizeof a));
    R(listen(l, 1));
    a.sin_port = htons(port_of(l));
    c = tcp_client(l);
    s = accept(l, NULL, NULL);
    close(l);
    for (int i = 0; i < 2; i++) {
        fd = socket(AF_INET, SOCK_STREAM, 0);
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &reuse_after, sizeof reuse_after);
        R(bind(fd, SA(&a), sizeof a));
        R(listen(fd, 1));
        close(fd);
        if (i == 0) { /* now it closes first: TIME_WAIT is at its end */
            shutdown(s, SHUT_WR);
            R(recv(c, &b, 1, 0));
            close(c);
            R(recv(s, &b, 1, 0));
            close(s);
        }
    }
}

int main(void)
{
    matrix();
    addresses();
    after(0, 0);
    after(0, 1);
    after(1, 0);
    after(1, 1);
    return 0;
}
