/* UDP over loopback, IPv4 and IPv6: binding, connecting, messages of all sizes, what poll says, and
 * what absurd arguments get.
 *
 * pith-test: net=own
 */
#include "t.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>

static struct sockaddr_in in4(const char *ip, int port)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};
    inet_pton(AF_INET, ip, &a.sin_addr);
    return a;
}

static struct sockaddr_in6 in6(const char *ip, int port)
{
    struct sockaddr_in6 a = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    inet_pton(AF_INET6, ip, &a.sin6_addr);
    return a;
}

static void name(const char *what, int r, const void *p, socklen_t len)
{
    char text[64] = "?";
    int port = 0;
    const struct sockaddr *sa = p;
    if (r < 0) {
        say("%s: %s", what, t_errno(errno));
        return;
    }
    if (sa->sa_family == AF_INET) {
        const struct sockaddr_in *a = p;
        inet_ntop(AF_INET, &a->sin_addr, text, sizeof text);
        port = ntohs(a->sin_port);
    } else if (sa->sa_family == AF_INET6) {
        const struct sockaddr_in6 *a = p;
        inet_ntop(AF_INET6, &a->sin6_addr, text, sizeof text);
        port = ntohs(a->sin6_port);
    }
    say("%s: %s port %s, family %d, %d bytes", what, text,
        port == 0       ? "0"
        : port >= 32768 ? "high"
        : port == 5300  ? "5300"
        : port == 5301  ? "5301"
                        : "other",
        sa->sa_family, (int)len);
}

static void own(int fd)
{
    struct sockaddr_storage a;
    socklen_t len = sizeof a;
    int r = getsockname(fd, (void *)&a, &len);
    name("  own", r, &a, len);
}

static void peer(int fd)
{
    struct sockaddr_storage a;
    socklen_t len = sizeof a;
    int r = getpeername(fd, (void *)&a, &len);
    name("  peer", r, &a, len);
}

static int events(int fd)
{
    struct pollfd p = {
        fd, POLLIN | POLLOUT | POLLPRI | POLLRDHUP | POLLRDNORM | POLLWRNORM | POLLWRBAND, 0};
    poll(&p, 1, 0);
    return p.revents;
}

static int u4(void)
{
    return socket(AF_INET, SOCK_DGRAM, 0);
}

static void binding(void)
{
    struct sockaddr_in a = in4("127.0.0.1", 5300), any = in4("0.0.0.0", 5300);
    int s = u4(), t = u4(), u = u4(), on = 1;
    say("-- binding");
    own(s);
    peer(s);
    R(bind(s, (void *)&a, sizeof a - 1));
    R(bind(s, (void *)&a, 2));
    R(bind(s, (void *)&a, 0));
    R(bind(s, (void *)&a, -1));
    R(bind(s, (void *)&a, 129));
    R(bind(s, t_wild, sizeof a));
    a.sin_family = AF_INET6;
    R(bind(s, (void *)&a, sizeof a));
    a.sin_family = AF_UNSPEC;
    R(bind(s, (void *)&a, sizeof a));
    a.sin_family = AF_INET;
    struct sockaddr_in far = in4("192.0.2.77", 5300);
    R(bind(s, (void *)&far, sizeof far));
    R(bind(s, (void *)&a, sizeof a));
    own(s);
    R(bind(s, (void *)&a, sizeof a));
    R(bind(t, (void *)&a, sizeof a));
    R(bind(t, (void *)&any, sizeof any));
    setsockopt(t, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    R(bind(t, (void *)&a, sizeof a));
    setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    R(bind(t, (void *)&a, sizeof a));
    setsockopt(u, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
    R(bind(u, (void *)&a, sizeof a));
    struct sockaddr_in other = in4("127.0.0.2", 5300);
    R(bind(u, (void *)&other, sizeof other));
    own(u);
    close(s), close(t), close(u);
    s = u4(), t = u4();
    setsockopt(s, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
    setsockopt(t, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
    R(bind(s, (void *)&any, sizeof any));
    R(bind(t, (void *)&any, sizeof any));
    close(s), close(t);
    struct sockaddr_in zero = in4("127.0.0.1", 0);
    s = u4();
    R(bind(s, (void *)&zero, sizeof zero));
    own(s);
    R(bind(s, (void *)&zero, sizeof zero));
    close(s);
    struct sockaddr_in unspec = {.sin_family = AF_UNSPEC, .sin_port = htons(5301)};
    s = u4();
    R(bind(s, (void *)&unspec, sizeof unspec));
    own(s);
    close(s);
    struct sockaddr_in cast = in4("239.1.2.3", 5301), wide = in4("255.255.255.255", 5301);
    s = u4(), t = u4();
    R(bind(s, (void *)&cast, sizeof cast));
    own(s);
    R(bind(t, (void *)&wide, sizeof wide));
    own(t);
    close(s), close(t);
}

static void connecting(void)
{
    struct sockaddr_in a = in4("127.0.0.1", 5300), b = in4("127.0.0.1", 5301),
                       none = in4("0.0.0.0", 5300);
    struct sockaddr un = {.sa_family = AF_UNSPEC};
    int s = u4(), t = u4();
    char buf[64];
    say("-- connecting");
    R(bind(t, (void *)&a, sizeof a));
    R(send(s, "x", 1, 0));
    own(s);
    R(connect(s, (void *)&a, 3));
    R(connect(s, (void *)&a, 1));
    R(connect(s, t_wild, sizeof a));
    a.sin_family = AF_INET6;
    R(connect(s, (void *)&a, sizeof a));
    a.sin_family = AF_INET;
    R(connect(s, (void *)&a, sizeof a));
    own(s);
    peer(s);
    R(send(s, "one", 3, 0));
    R(recv(t, buf, sizeof buf, 0));
    R(send(t, "two", 3, 0));
    struct sockaddr_in from;
    socklen_t len = sizeof from;
    getsockname(s, (void *)&from, &len);
    R(sendto(t, "two", 3, 0, (void *)&from, len));
    len = sizeof from;
    ssize_t n = recvfrom(s, buf, sizeof buf, 0, (void *)&from, &len);
    say("%d bytes", (int)n);
    name("  from", 0, &from, len);
    /* What does not come from the peer is not for a connected socket. */
    int x = u4();
    getsockname(s, (void *)&from, &len);
    R(sendto(x, "stranger", 8, 0, (void *)&from, len));
    R(recv(s, buf, sizeof buf, MSG_DONTWAIT));
    close(x);
    R(connect(s, &un, sizeof un));
    own(s);
    peer(s);
    R(send(s, "x", 1, 0));
    R(connect(s, (void *)&none, sizeof none));
    own(s);
    peer(s);
    R(send(s, "to zero", 7, 0));
    R(recv(t, buf, sizeof buf, MSG_DONTWAIT));
    R(connect(s, (void *)&b, sizeof b));
    peer(s);
    a.sin_port = 0;
    R(connect(s, (void *)&a, sizeof a));
    peer(s);
    R(send(s, "x", 1, 0));
    close(s), close(t);
    s = u4();
    struct sockaddr_in far = in4("192.0.2.1", 9), wide = in4("255.255.255.255", 9),
                       lowide = in4("127.255.255.255", 9);
    (void)far, (void)wide;
    R(connect(s, (void *)&lowide, sizeof lowide));
    R(sendto(s, "x", 1, 0, (void *)&lowide, sizeof lowide));
    close(s);
}

static void refused(void)
{
    struct sockaddr_in a = in4("127.0.0.1", 5300);
    int s = u4(), e = -1;
    socklen_t len = sizeof e;
    char buf[8];
    say("-- refused");
    R(sendto(s, "x", 1, 0, (void *)&a, sizeof a));
    R(recv(s, buf, sizeof buf, MSG_DONTWAIT));
    R(connect(s, (void *)&a, sizeof a));
    say("events %x", events(s));
    R(send(s, "x", 1, 0));
    say("events %x", events(s));
    R(send(s, "x", 1, 0));
    R(send(s, "x", 1, 0));
    R(recv(s, buf, sizeof buf, MSG_DONTWAIT));
    R(recv(s, buf, sizeof buf, MSG_DONTWAIT));
    R(send(s, "x", 1, 0));
    R(getsockopt(s, SOL_SOCKET, SO_ERROR, &e, &len));
    say("SO_ERROR %s", t_errno(e));
    R(getsockopt(s, SOL_SOCKET, SO_ERROR, &e, &len));
    say("SO_ERROR %s", t_errno(e));
    close(s);
}

static void sizes(int family)
{
    static char out[70000], in[70000];
    struct sockaddr_in a4 = in4("127.0.0.1", 5300);
    struct sockaddr_in6 a6 = in6("::1", 5300);
    void *a = family == AF_INET ? (void *)&a4 : &a6;
    socklen_t len = family == AF_INET ? sizeof a4 : sizeof a6;
    static const int tries[] = {0, 1, 100, 1472, 1473, 4000, 9000, 16384, 40000, 65000, 65487};
    int s = socket(family, SOCK_DGRAM, 0), t = socket(family, SOCK_DGRAM, 0);
    say("-- sizes, family %d", family);
    for (unsigned i = 0; i < sizeof out; i++)
        out[i] = (char)(i * 31 + i / 251);
    R(bind(t, a, len));
    for (unsigned i = 0; i < sizeof tries / sizeof *tries; i++) {
        memset(in, 0, sizeof in);
        int sent = (int)sendto(s, out, tries[i], 0, a, len), waits = -1;
        ioctl(t, FIONREAD, &waits);
        int got = (int)recv(t, in, sizeof in, MSG_DONTWAIT);
        say("%d: sent %d, waits %d, got %d, %s", tries[i], sent, waits, got,
            got < 0 || memcmp(in, out, got) == 0 ? "same" : "different");
    }
    if (family == AF_INET) {
        R(sendto(s, out, 65507, 0, a, len));
        R(recv(t, in, sizeof in, MSG_DONTWAIT));
        R(sendto(s, out, 65508, 0, a, len));
    }
    R(sendto(s, out, 65528, 0, a, len));
    R(sendto(s, out, 65536, 0, a, len));
    R(sendto(s, out, 70000, 0, a, len));
    /* Cut off, and what the flags say of it. */
    R(sendto(s, "0123456789", 10, 0, a, len));
    R(recv(t, in, 4, MSG_PEEK));
    R(recv(t, in, 4, MSG_PEEK | MSG_TRUNC));
    struct iovec v[3] = {{in, 1}, {in + 1, 0}, {in + 1, 4}};
    struct msghdr m = {.msg_iov = v, .msg_iovlen = 3};
    R(recvmsg(t, &m, MSG_PEEK));
    say("flags %x, %.5s", (unsigned)m.msg_flags, in);
    R(recv(t, in, 3, 0));
    R(recv(t, in, 3, MSG_DONTWAIT));
    R(sendto(s, "", 0, 0, a, len));
    R(sendto(s, "", 0, 0, a, len));
    say("events %x", events(t));
    R(read(t, in, 10));
    R(recv(t, in, 0, 0));
    say("events %x", events(t));
    R(sendto(s, "abc", 3, 0, a, len));
    R(recv(t, in, 0, MSG_TRUNC));
    R(sendto(s, "abc", 3, 0, a, len));
    R(read(t, in, 0)); /* takes nothing */
    R(recv(t, in, 10, MSG_DONTWAIT));
    R(recv(t, in, 10, MSG_DONTWAIT));
    R(sendto(s, "abc", 3, 0, a, len));
    R(recv(t, t_wild, 10, MSG_DONTWAIT));
    R(recv(t, in, 10, MSG_DONTWAIT));
    R(sendto(s, t_wild, 3, 0, a, len));
    R(recv(t, in, 10, MSG_DONTWAIT));
    close(s), close(t);
}

static void absurd(void)
{
    struct sockaddr_in a = in4("127.0.0.1", 5300);
    int s = u4(), t = u4();
    char buf[8];
    socklen_t len;
    say("-- absurd");
    R(bind(t, (void *)&a, sizeof a));
    R(listen(s, 1));
    R(accept(s, 0, 0));
    R(sendto(s, "x", 1, MSG_OOB, (void *)&a, sizeof a));
    R(sendto(s, "x", 1, 0, (void *)&a, 0));
    R(sendto(s, "x", 1, 0, (void *)&a, 4));
    R(sendto(s, "x", 1, 0, 0, 16));
    R(sendto(s, "x", 1, 0, (void *)&a, 1000));
    R(sendto(s, "x", 1, 0, t_wild, sizeof a));
    a.sin_family = AF_UNIX;
    R(sendto(s, "x", 1, 0, (void *)&a, sizeof a));
    a.sin_family = AF_UNSPEC;
    R(sendto(s, "x", 1, 0, (void *)&a, sizeof a));
    R(recv(t, buf, sizeof buf, MSG_DONTWAIT));
    a.sin_family = AF_INET;
    a.sin_port = 0;
    R(sendto(s, "x", 1, 0, (void *)&a, sizeof a));
    a.sin_port = htons(5300);
    R(recv(s, buf, sizeof buf, MSG_DONTWAIT));
    R(recv(s, buf, sizeof buf, MSG_OOB | MSG_DONTWAIT));
    R(recv(s, buf, sizeof buf, MSG_ERRQUEUE));
    R(sendto(s, "name", 4, 0, (void *)&a, sizeof a));
    len = 3;
    struct sockaddr_in from;
    memset(&from, 7, sizeof from);
    R(recvfrom(t, buf, sizeof buf, 0, (void *)&from, &len));
    say("len %d, family %d", (int)len, from.sin_family);
    R(sendto(s, "name", 4, 0, (void *)&a, sizeof a));
    len = -1;
    R(recvfrom(t, buf, sizeof buf, MSG_DONTWAIT, (void *)&from, &len));
    R(recvfrom(t, buf, sizeof buf, MSG_DONTWAIT, (void *)&from, 0));
    R(shutdown(s, 3));
    R(shutdown(s, -1));
    R(shutdown(s, SHUT_WR));
    say("events %x", events(s));
    R(sendto(s, "x", 1, 0, (void *)&a, sizeof a));
    R(shutdown(s, SHUT_RD));
    say("events %x", events(s));
    R(recv(s, buf, sizeof buf, 0));
    R(recv(s, buf, sizeof buf, MSG_DONTWAIT));
    close(s);
    s = u4();
    R(connect(s, (void *)&a, sizeof a));
    R(shutdown(s, SHUT_RDWR));
    say("events %x", events(s));
    R(send(s, "x", 1, 0));
    R(recv(s, buf, sizeof buf, 0));
    close(s), close(t);
    R(socket(AF_INET, SOCK_DGRAM, IPPROTO_TCP));
    R(socket(AF_INET, SOCK_STREAM, IPPROTO_UDP));
    R(socket(AF_INET, SOCK_DGRAM, 300));
    R(socket(AF_INET, SOCK_DGRAM, -1));
    R(socket(AF_INET, SOCK_SEQPACKET, 0));
    R(socket(AF_INET6, SOCK_RDM, 0));
    R(socket(AF_INET6, SOCK_DGRAM, IPPROTO_ICMP));
}

int main(void)
{
    say("events of a new socket %x", events(u4()));
    binding();
    connecting();
    refused();
    sizes(AF_INET);
    sizes(AF_INET6);
    absurd();
    return 0;
}
