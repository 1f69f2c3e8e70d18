/* TCP over IPv4, IPv6 and both: names of both ends, who reaches whom, what sockets are before and
 * after. */
#include "tcp.h"

static void talk(int c, int s)
{
    char buf[64] = {0};
    R(send(c, "ping", 4, 0));
    R(recv(s, buf, sizeof buf, 0));
    S(buf);
    R(write(s, "pong!", 5));
    R(read(c, buf, sizeof buf));
    S(buf);
}

static void v4_plain(void)
{
    struct sockaddr_in a = v4("127.0.0.1", 0), from;
    socklen_t len = sizeof from;
    int l = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP), c, s;
    NAME(l);
    PEER(l);
    R(bind(l, SA(&a), sizeof a));
    NAME(l);
    R(bind(l, SA(&a), sizeof a));
    R(listen(l, 3));
    R(listen(l, 5));
    PEER(l);
    R(bind(l, SA(&a), sizeof a));
    a.sin_port = htons(port_of(l));
    c = socket(AF_INET, SOCK_STREAM, 0);
    R(connect(c, SA(&a), sizeof a));
    NAME(c);
    PEER(c);
    R(connect(c, SA(&a), sizeof a));
    OK(s = accept4(l, SA(&from), &len, SOCK_NONBLOCK | SOCK_CLOEXEC));
    say("from %s", show(&from, len));
    YES(port_of(c) == ntohs(from.sin_port));
    YES(port_of(s) == port_of(l));
    NAME(s);
    PEER(s);
    YES(fcntl(s, F_GETFL) & O_NONBLOCK);
    R(fcntl(s, F_GETFD));
    R(listen(c, 1));
    R(listen(s, 1));
    R(bind(c, SA(&a), sizeof a));
    R(accept(c, NULL, NULL));
    R(connect(l, SA(&a), sizeof a));
    char b[4];
    R(recv(l, b, 1, 0));
    R(recv(s, b, 1, 0));
    talk(c, s);
    close(c);
    close(s);
    close(l);
}

static void v6_plain(void)
{
    struct sockaddr_in6 a = v6("::1", 0), from;
    socklen_t len = sizeof from;
    int l = socket(AF_INET6, SOCK_STREAM, 0), c, s;
    NAME(l);
    R(bind(l, SA(&a), 16));
    R(bind(l, SA(&a), sizeof a));
    R(listen(l, 3));
    NAME(l);
    a.sin6_port = htons(port_of(l));
    c = socket(AF_INET6, SOCK_STREAM, 0);
    R(connect(c, SA(&a), 20));
    R(connect(c, SA(&a), sizeof a));
    OK(s = accept(l, SA(&from), &len));
    say("from %s", show(&from, len));
    NAME(c);
    PEER(c);
    NAME(s);
    talk(c, s);
    /* IPv4 does not get there. */
    struct sockaddr_in b = v4("127.0.0.1", port_of(l));
    int d = socket(AF_INET, SOCK_STREAM, 0);
    R(connect(d, SA(&b), sizeof b));
    R(connect(d, SA(&a), sizeof a));
    int e = socket(AF_INET6, SOCK_STREAM, 0);
    R(connect(e, SA(&b), sizeof b));
    close(c), close(s), close(l), close(d), close(e);
}

/* A socket of both families hears IPv4 as mapped addresses. */
static void dual(int only6)
{
    struct sockaddr_in6 any = v6("::", 0), from, mapped;
    struct sockaddr_in b = v4("127.0.0.1", 0);
    socklen_t len = sizeof from;
    int l = socket(AF_INET6, SOCK_STREAM, 0), c, s;
    say("only6 %d", only6);
    R(setsockopt(l, IPPROTO_IPV6, IPV6_V6ONLY, &only6, sizeof only6));
    R(bind(l, SA(&any), sizeof any));
    R(setsockopt(l, IPPROTO_IPV6, IPV6_V6ONLY, &only6, sizeof only6));
    R(listen(l, 5));
    NAME(l);
    b.sin_port = htons(port_of(l));
    c = socket(AF_INET, SOCK_STREAM, 0);
    if (R(connect(c, SA(&b), sizeof b)) == 0) {
        OK(s = accept(l, SA(&from), &len));
        say("from %s", show(&from, len));
        NAME(s);
        PEER(s);
        talk(c, s);
        close(s);
    }
    close(c);
    c = socket(AF_INET6, SOCK_STREAM, 0);
    mapped = v6("::ffff:127.0.0.1", port_of(l));
    if (R(connect(c, SA(&mapped), sizeof mapped)) == 0) {
        NAME(c);
        PEER(c);
        OK(s = accept(l, SA(&from), &len));
        say("from %s", show(&from, len));
        close(s);
    }
    close(c);
    c = socket(AF_INET6, SOCK_STREAM, 0);
    R(setsockopt(c, IPPROTO_IPV6, IPV6_V6ONLY, &(int){1}, sizeof(int)));
    R(connect(c, SA(&mapped), sizeof mapped));
    struct sockaddr_in6 one = v6("::1", port_of(l));
    R(connect(c, SA(&one), sizeof one));
    OK(s = accept(l, SA(&from), &len));
    say("from %s", show(&from, len));
    close(s), close(c);
    /* The any-address as destination is this machine. */
    c = socket(AF_INET6, SOCK_STREAM, 0);
    any.sin6_port = htons(port_of(l));
    R(connect(c, SA(&any), sizeof any));
    NAME(c);
    PEER(c);
    close(c), close(l);
}

static void any4(void)
{
    struct sockaddr_in any = v4("0.0.0.0", 0), other = v4("127.9.8.7", 0), a;
    int l = socket(AF_INET, SOCK_STREAM, 0), c, s;
    socklen_t len = sizeof a;
    R(listen(l, 1)); /* without bind */
    NAME(l);
    any.sin_port = htons(port_of(l));
    c = socket(AF_INET, SOCK_STREAM, 0);
    R(connect(c, SA(&any), sizeof any));
    NAME(c);
    PEER(c);
    OK(s = accept(l, SA(&a), &len));
    NAME(s);
    close(c), close(s);
    /* All of 127/8 is ours; the end we bind is the end the peer sees. */
    c = socket(AF_INET, SOCK_STREAM, 0);
    R(bind(c, SA(&other), sizeof other));
    NAME(c);
    a = v4("127.1.2.3", port_of(l));
    R(connect(c, SA(&a), sizeof a));
    NAME(c);
    PEER(c);
    len = 3; /* room for a part of the address */
    memset(&a, 0, sizeof a);
    OK(s = accept(l, SA(&a), &len));
    V(len);
    V(a.sin_family);
    NAME(s);
    PEER(s);
    talk(c, s);
    /* No room at all, no length, and a wild one: the connection is lost. */
    int d[4];
    for (int i = 0; i < 4; i++) {
        d[i] = socket(AF_INET, SOCK_STREAM, 0);
        R(connect(d[i], SA(&any), sizeof any));
        R(polled(l, POLLIN, 1000));
        len = i == 1 ? (socklen_t)-1 : 0;
        int e = i == 0   ? accept(l, SA(&a), &len)
                : i == 1 ? accept(l, SA(&a), &len)
                : i == 2 ? accept(l, t_wild, &len)
                         : accept(l, SA(&a), t_wild);
        say("accept %d: %s", i, e < 0 ? t_errno(errno) : "ok");
        if (e < 0)
            say("then:%s", poll_names(polled(d[i], POLLHUP | POLLERR, 5000)));
        else
            close(e);
    }
}

int main(void)
{
    v4_plain();
    v6_plain();
    dual(0);
    dual(1);
    any4();
    return 0;
}
