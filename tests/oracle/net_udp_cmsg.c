/* Control messages and options of UDP: packet information, TTL, class, time, drops, errors by the
 * error queue; dual-stack sockets; SO_REUSEPORT; messages put together; many at once.
 *
 * pith-test: net=own
 */
#include "t.h"

#include <arpa/inet.h>
#include <linux/errqueue.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif

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

static void show_name(const char *what, const void *p)
{
    char text[64] = "?";
    const struct sockaddr *sa = p;
    if (sa->sa_family == AF_INET)
        inet_ntop(AF_INET, &((const struct sockaddr_in *)p)->sin_addr, text, sizeof text);
    else if (sa->sa_family == AF_INET6)
        inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)p)->sin6_addr, text, sizeof text);
    say("%s %s", what, text);
}

static struct cmsghdr *next(struct msghdr *m, struct cmsghdr *c)
{
    size_t at = (size_t)((char *)c - (char *)m->msg_control) + CMSG_ALIGN(c->cmsg_len);
    return at + sizeof *c > m->msg_controllen ? 0 : (void *)((char *)m->msg_control + at);
}

static void show_cmsg(struct msghdr *m)
{
    char text[64], text2[64];
    for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = next(m, c)) {
        void *d = CMSG_DATA(c);
        int n = (int)(c->cmsg_len - CMSG_LEN(0)), v = 0;
        if (n >= 4)
            memcpy(&v, d, 4);
        if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
            struct in_pktinfo *i = d;
            say("  IP_PKTINFO if %d, to %s, at %s", i->ipi_ifindex,
                inet_ntop(AF_INET, &i->ipi_addr, text, sizeof text),
                inet_ntop(AF_INET, &i->ipi_spec_dst, text2, sizeof text2));
        } else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
            struct in6_pktinfo *i = d;
            say("  IPV6_PKTINFO if %u, to %s", i->ipi6_ifindex,
                inet_ntop(AF_INET6, &i->ipi6_addr, text, sizeof text));
        } else if (c->cmsg_level == SOL_SOCKET &&
                   (c->cmsg_type == SO_TIMESTAMP || c->cmsg_type == SO_TIMESTAMPNS)) {
            struct timespec now;
            long t[2];
            memcpy(t, d, sizeof t);
            clock_gettime(CLOCK_REALTIME, &now);
            say("  %s %d bytes, %s", c->cmsg_type == SO_TIMESTAMP ? "time" : "time in ns", n,
                t[0] <= now.tv_sec && t[0] >= now.tv_sec - 10 ? "about now" : "wrong");
        } else if ((c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_RECVERR) ||
                   (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_RECVERR)) {
            struct sock_extended_err *e = d;
            say("  error %s origin %d type %d code %d info %u, %d bytes", t_errno(e->ee_errno),
                e->ee_origin, e->ee_type, e->ee_code, e->ee_info, n);
            show_name("  reported by", SO_EE_OFFENDER(e));
        } else if (n == 1) {
            say("  level %d type %d: %d", c->cmsg_level, c->cmsg_type, *(unsigned char *)d);
        } else {
            say("  level %d type %d, %d bytes: %d", c->cmsg_level, c->cmsg_type, n, v);
        }
    }
}

static void get(int fd, int flags, size_t room)
{
    char buf[2000], control[512];
    struct sockaddr_storage from;
    struct iovec v = {buf, sizeof buf};
    struct msghdr m = {.msg_name = &from,
                       .msg_namelen = sizeof from,
                       .msg_iov = &v,
                       .msg_iovlen = 1,
                       .msg_control = control,
                       .msg_controllen = room};
    memset(&from, 0, sizeof from);
    ssize_t n = recvmsg(fd, &m, flags | MSG_DONTWAIT);
    if (n < 0) {
        say("recvmsg: %s", t_errno(errno));
        return;
    }
    buf[n < 1999 ? n : 1999] = 0;
    say("recvmsg: %d \"%.20s\" flags %x name %d control %d", (int)n, buf, (unsigned)m.msg_flags,
        (int)m.msg_namelen, (int)m.msg_controllen);
    show_name("  from", &from);
    show_cmsg(&m);
}

static void opt(int fd, int level, int name, int v)
{
    if (setsockopt(fd, level, name, &v, sizeof v))
        say("setsockopt %d %d %d: %s", level, name, v, t_errno(errno));
}

/* One control message with a send. */
static void put(int fd, void *to, socklen_t len, int level, int type, const void *data, size_t n)
{
    char control[256] = {0};
    struct iovec v = {"with", 4};
    struct msghdr m = {.msg_name = to,
                       .msg_namelen = len,
                       .msg_iov = &v,
                       .msg_iovlen = 1,
                       .msg_control = control,
                       .msg_controllen = CMSG_SPACE(n)};
    struct cmsghdr *c = CMSG_FIRSTHDR(&m);
    c->cmsg_level = level;
    c->cmsg_type = type;
    c->cmsg_len = CMSG_LEN(n);
    memcpy(CMSG_DATA(c), data, n);
    ssize_t r = sendmsg(fd, &m, 0);
    if (r < 0)
        say("sendmsg level %d type %d: %s", level, type, t_errno(errno));
    else
        say("sendmsg level %d type %d: %d", level, type, (int)r);
}

static void four(void)
{
    struct sockaddr_in a = in4("127.0.0.1", 5300), b = in4("127.0.0.2", 5300),
                       any = in4("0.0.0.0", 5300);
    int s = socket(AF_INET, SOCK_DGRAM, 0), t = socket(AF_INET, SOCK_DGRAM, 0), v;
    say("-- IPv4");
    R(bind(t, (void *)&any, sizeof any));
    opt(t, IPPROTO_IP, IP_PKTINFO, 1);
    opt(t, IPPROTO_IP, IP_RECVTTL, 1);
    opt(t, IPPROTO_IP, IP_RECVTOS, 1);
    opt(t, IPPROTO_IP, IP_RECVORIGDSTADDR, 1);
    R(sendto(s, "plain", 5, 0, (void *)&a, sizeof a));
    get(t, 0, 512);
    R(sendto(s, "two", 3, 0, (void *)&b, sizeof b));
    get(t, MSG_PEEK, 512);
    get(t, 0, 40);
    opt(t, IPPROTO_IP, IP_RECVORIGDSTADDR, 0);
    opt(s, IPPROTO_IP, IP_TTL, 7);
    opt(s, IPPROTO_IP, IP_TOS, 0x10);
    R(sendto(s, "ttl", 3, 0, (void *)&a, sizeof a));
    get(t, 0, 0);
    R(sendto(s, "ttl", 3, 0, (void *)&a, sizeof a));
    get(t, 0, 512);
    v = 9;
    put(s, &a, sizeof a, IPPROTO_IP, IP_TTL, &v, sizeof v);
    get(t, 0, 512);
    v = 0x20;
    put(s, &a, sizeof a, IPPROTO_IP, IP_TOS, &v, sizeof v);
    get(t, 0, 512);
    put(s, &a, sizeof a, IPPROTO_IP, IP_TOS, &v, 1);
    get(t, 0, 512);
    v = 256;
    put(s, &a, sizeof a, IPPROTO_IP, IP_TOS, &v, sizeof v);
    put(s, &a, sizeof a, IPPROTO_IP, IP_TTL, &v, sizeof v);
    v = 0;
    put(s, &a, sizeof a, IPPROTO_IP, IP_TTL, &v, sizeof v);
    put(s, &a, sizeof a, IPPROTO_IP, IP_TTL, &v, 1);
    put(s, &a, sizeof a, IPPROTO_IP, 99, &v, sizeof v);
    put(s, &a, sizeof a, SOL_SOCKET, 99, &v, sizeof v);
    put(s, &a, sizeof a, 99, 99, &v, sizeof v);
    get(t, 0, 512);
    put(s, &a, sizeof a, IPPROTO_IPV6, IPV6_HOPLIMIT, &v, sizeof v);
    get(t, 0, 512);
    struct in_pktinfo i = {.ipi_ifindex = 1};
    inet_pton(AF_INET, "127.0.0.9", &i.ipi_spec_dst);
    put(s, &a, sizeof a, IPPROTO_IP, IP_PKTINFO, &i, sizeof i);
    get(t, 0, 512);
    inet_pton(AF_INET, "192.0.2.9", &i.ipi_spec_dst);
    put(s, &a, sizeof a, IPPROTO_IP, IP_PKTINFO, &i, sizeof i);
    put(s, &a, sizeof a, IPPROTO_IP, IP_PKTINFO, &i, 4);
    get(t, 0, 512);
    opt(t, IPPROTO_IP, IP_PKTINFO, 0);
    opt(t, IPPROTO_IP, IP_RECVTTL, 0);
    opt(t, IPPROTO_IP, IP_RECVTOS, 0);
    opt(t, SOL_SOCKET, SO_TIMESTAMP, 1);
    R(sendto(s, "time", 4, 0, (void *)&a, sizeof a));
    get(t, 0, 512);
    opt(t, SOL_SOCKET, SO_TIMESTAMPNS, 1);
    R(sendto(s, "time", 4, 0, (void *)&a, sizeof a));
    get(t, 0, 512);
    close(s), close(t);
}

static void six(void)
{
    struct sockaddr_in6 a = in6("::1", 5300), any = in6("::", 5300),
                        map = in6("::ffff:127.0.0.1", 5300);
    struct sockaddr_in a4 = in4("127.0.0.1", 5300);
    int s = socket(AF_INET6, SOCK_DGRAM, 0), t = socket(AF_INET6, SOCK_DGRAM, 0), v;
    int u = socket(AF_INET, SOCK_DGRAM, 0);
    say("-- IPv6");
    R(bind(t, (void *)&any, sizeof any));
    R(bind(u, (void *)&a4, sizeof a4));
    opt(t, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
    opt(t, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1);
    opt(t, IPPROTO_IPV6, IPV6_RECVTCLASS, 1);
    opt(t, IPPROTO_IP, IP_PKTINFO, 1);
    R(sendto(s, "six", 3, 0, (void *)&a, sizeof a));
    get(t, 0, 512);
    R(sendto(u, "four", 4, 0, (void *)&a4, sizeof a4));
    get(t, 0, 512);
    R(sendto(s, "mapped", 6, 0, (void *)&map, sizeof map));
    get(t, 0, 512);
    R(sendto(s, "name of four", 12, 0, (void *)&a4, sizeof a4));
    get(t, 0, 512);
    opt(s, IPPROTO_IPV6, IPV6_UNICAST_HOPS, 3);
    opt(s, IPPROTO_IPV6, IPV6_TCLASS, 0x30);
    R(sendto(s, "hops", 4, 0, (void *)&a, sizeof a));
    get(t, 0, 512);
    v = 200;
    put(s, &a, sizeof a, IPPROTO_IPV6, IPV6_HOPLIMIT, &v, sizeof v);
    get(t, 0, 512);
    put(s, &a, sizeof a, IPPROTO_IPV6, IPV6_TCLASS, &v, sizeof v);
    get(t, 0, 512);
    v = 300;
    put(s, &a, sizeof a, IPPROTO_IPV6, IPV6_HOPLIMIT, &v, sizeof v);
    put(s, &a, sizeof a, IPPROTO_IPV6, 99, &v, sizeof v);
    struct in6_pktinfo i = {.ipi6_addr = in6addr_loopback, .ipi6_ifindex = 1};
    put(s, &a, sizeof a, IPPROTO_IPV6, IPV6_PKTINFO, &i, sizeof i);
    get(t, 0, 512);
    inet_pton(AF_INET6, "2001:db8::1", &i.ipi6_addr);
    put(s, &a, sizeof a, IPPROTO_IPV6, IPV6_PKTINFO, &i, sizeof i);
    i.ipi6_ifindex = 77;
    put(s, &a, sizeof a, IPPROTO_IPV6, IPV6_PKTINFO, &i, sizeof i);
    a.sin6_family = 99;
    R(sendto(s, "x", 1, 0, (void *)&a, sizeof a));
    a.sin6_family = AF_INET6;
    R(sendto(s, "x", 1, 0, (void *)&a, 23));
    R(sendto(s, "rfc2133", 7, 0, (void *)&a, 24));
    get(t, 0, 512);
    close(u), close(s), close(t);
    say("-- only IPv6");
    s = socket(AF_INET6, SOCK_DGRAM, 0), t = socket(AF_INET, SOCK_DGRAM, 0);
    opt(s, IPPROTO_IPV6, IPV6_V6ONLY, 1);
    R(bind(s, (void *)&any, sizeof any));
    opt(s, IPPROTO_IPV6, IPV6_V6ONLY, 0);
    struct sockaddr_in any4 = in4("0.0.0.0", 5300);
    R(bind(t, (void *)&any4, sizeof any4));
    R(sendto(s, "x", 1, 0, (void *)&map, sizeof map));
    R(connect(s, (void *)&map, sizeof map));
    close(s), close(t);
    s = socket(AF_INET6, SOCK_DGRAM, 0), t = socket(AF_INET, SOCK_DGRAM, 0);
    R(bind(s, (void *)&any, sizeof any));
    R(bind(t, (void *)&any4, sizeof any4));
    R(connect(s, (void *)&a, sizeof a));
    a4 = in4("127.0.0.1", 5300);
    R(sendto(t, "nobody", 6, 0, (void *)&a4, sizeof a4));
    close(s), close(t);
    s = socket(AF_INET6, SOCK_DGRAM, 0);
    R(bind(s, (void *)&map, sizeof map));
    struct sockaddr_in6 got;
    socklen_t len = sizeof got;
    R(getsockname(s, (void *)&got, &len));
    show_name("bound to", &got);
    R(connect(s, (void *)&map, sizeof map));
    R(getpeername(s, (void *)&got, &len));
    show_name("connected to", &got);
    R(send(s, "self", 4, 0));
    get(s, 0, 512);
    close(s);
    s = socket(AF_INET6, SOCK_DGRAM, 0);
    opt(s, IPPROTO_IPV6, IPV6_V6ONLY, 1);
    R(bind(s, (void *)&map, sizeof map));
    struct sockaddr_in6 local = in6("fe80::1", 5300);
    R(bind(s, (void *)&local, sizeof local));
    R(connect(s, (void *)&local, sizeof local));
    close(s);
}

static void errors(int family)
{
    struct sockaddr_in a4 = in4("127.0.0.1", 5399), b4 = in4("127.0.0.1", 5398);
    struct sockaddr_in6 a6 = in6("::1", 5399), b6 = in6("::1", 5398);
    int f = family == AF_INET;
    void *a = f ? (void *)&a4 : &a6, *b = f ? (void *)&b4 : &b6;
    socklen_t len = f ? sizeof a4 : sizeof a6;
    int s = socket(family, SOCK_DGRAM, 0);
    static char big[66000];
    say("-- error queue, family %d", family);
    get(s, MSG_ERRQUEUE, 512);
    opt(s, f ? IPPROTO_IP : IPPROTO_IPV6, f ? IP_RECVERR : IPV6_RECVERR, 1);
    R(sendto(s, "a", 1, 0, a, len));
    R(sendto(s, "b", 1, 0, b, len));
    R(sendto(s, "c", 1, 0, b, len));
    struct pollfd p = {s, POLLIN | POLLOUT, 0};
    poll(&p, 1, 0);
    say("events %x", p.revents);
    get(s, 0, 512);
    get(s, MSG_ERRQUEUE, 512);
    get(s, MSG_ERRQUEUE, 512);
    get(s, MSG_ERRQUEUE, 512);
    poll(&p, 1, 0);
    say("events %x", p.revents);
    if (f) {
        R(sendto(s, big, 65508, 0, a, len));
        get(s, MSG_ERRQUEUE, 512);
    }
    poll(&p, 1, 0);
    say("events %x", p.revents);
    close(s);
}

static void balanced(void)
{
    struct sockaddr_in a = in4("127.0.0.1", 5300);
    int s[4], n[4] = {0}, sum = 0, on = 1;
    char c;
    say("-- SO_REUSEPORT");
    for (int i = 0; i < 4; i++) {
        s[i] = socket(AF_INET, SOCK_DGRAM, 0);
        setsockopt(s[i], SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
        R(bind(s[i], (void *)&a, sizeof a));
    }
    for (int i = 0; i < 200; i++) {
        int x = socket(AF_INET, SOCK_DGRAM, 0);
        sendto(x, "1", 1, 0, (void *)&a, sizeof a);
        close(x);
    }
    for (int i = 0; i < 4; i++) {
        while (recv(s[i], &c, 1, MSG_DONTWAIT) == 1)
            n[i]++;
        sum += n[i];
        say("socket %d has %s", i, n[i] > 10 ? "its share" : "too little");
        close(s[i]);
    }
    say("%d in all", sum);
}

static void together(void)
{
    struct sockaddr_in a = in4("127.0.0.1", 5300);
    int s = socket(AF_INET, SOCK_DGRAM, 0), t = socket(AF_INET, SOCK_DGRAM, 0);
    say("-- put together");
    R(bind(t, (void *)&a, sizeof a));
    R(sendto(s, "one ", 4, MSG_MORE, (void *)&a, sizeof a));
    get(t, 0, 0);
    R(sendto(s, "two ", 4, MSG_MORE, 0, 0));
    R(send(s, "three", 5, 0));
    get(t, 0, 0);
    get(t, 0, 0);
    opt(s, IPPROTO_UDP, UDP_CORK, 1);
    R(sendto(s, "cork ", 5, 0, (void *)&a, sizeof a));
    R(send(s, "ed", 2, 0));
    get(t, 0, 0);
    opt(s, IPPROTO_UDP, UDP_CORK, 0);
    get(t, 0, 0);
    opt(s, IPPROTO_UDP, UDP_SEGMENT, 3);
    R(sendto(s, "abcdefgh", 8, 0, (void *)&a, sizeof a));
    get(t, 0, 0);
    get(t, 0, 0);
    get(t, 0, 0);
    get(t, 0, 0);
    opt(s, IPPROTO_UDP, UDP_SEGMENT, 70000);
    opt(s, IPPROTO_UDP, UDP_SEGMENT, 0);
    opt(s, IPPROTO_UDP, 77, 0);
    short seg = 2;
    put(s, &a, sizeof a, IPPROTO_UDP, UDP_SEGMENT, &seg, sizeof seg);
    get(t, 0, 0);
    get(t, 0, 0);
    /* Many in one call. */
    struct iovec v[5] = {{"1", 1}, {"22", 2}, {"", 0}, {"4444", 4}, {"5", 1}};
    struct mmsghdr mm[5];
    memset(mm, 0, sizeof mm);
    for (int i = 0; i < 5; i++) {
        mm[i].msg_hdr.msg_name = &a;
        mm[i].msg_hdr.msg_namelen = i == 4 ? 3 : sizeof a;
        mm[i].msg_hdr.msg_iov = &v[i];
        mm[i].msg_hdr.msg_iovlen = 1;
    }
    R(sendmmsg(s, mm, 5, 0));
    say("%d %d %d %d", mm[0].msg_len, mm[1].msg_len, mm[2].msg_len, mm[3].msg_len);
    R(sendmmsg(s, mm + 4, 1, 0));
    static char in[5][100];
    struct iovec w[5];
    memset(mm, 0, sizeof mm);
    for (int i = 0; i < 5; i++) {
        w[i] = (struct iovec){in[i], 100};
        mm[i].msg_hdr.msg_iov = &w[i];
        mm[i].msg_hdr.msg_iovlen = 1;
    }
    R(recvmmsg(t, mm, 2, MSG_DONTWAIT, 0));
    R(recvmmsg(t, mm + 2, 3, MSG_WAITFORONE, 0));
    say("%s %s \"%s\" %s", in[0], in[1], in[2], in[3]);
    struct timespec soon = {0, 20000000};
    (void)soon;
    R(recvmmsg(t, mm, 2, MSG_DONTWAIT, 0));
    close(s), close(t);
}

static void full(void)
{
    struct sockaddr_in a = in4("127.0.0.1", 5300);
    int s = socket(AF_INET, SOCK_DGRAM, 0), t = socket(AF_INET, SOCK_DGRAM, 0), n = 0, v = 4096;
    char buf[1000] = {0}, control[100];
    say("-- full");
    R(bind(t, (void *)&a, sizeof a));
    opt(t, SOL_SOCKET, SO_RCVBUF, v);
    opt(t, SOL_SOCKET, SO_RXQ_OVFL, 1);
    for (int i = 0; i < 100; i++)
        if (sendto(s, buf, 1000, 0, (void *)&a, sizeof a) != 1000)
            say("send: %s", t_errno(errno));
    while (recv(t, buf, sizeof buf, MSG_DONTWAIT) == 1000)
        n++;
    say("%s", n > 1 && n < 20 ? "a few were kept" : "not as it should be");
    sendto(s, "last", 4, 0, (void *)&a, sizeof a);
    struct iovec io = {buf, sizeof buf};
    struct msghdr m = {
        .msg_iov = &io, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    R(recvmsg(t, &m, MSG_DONTWAIT));
    struct cmsghdr *c = CMSG_FIRSTHDR(&m);
    unsigned drops = 0;
    if (c && c->cmsg_type == SO_RXQ_OVFL)
        memcpy(&drops, CMSG_DATA(c), 4);
    say("dropped %s", (int)drops == 100 - n ? "the rest" : "another number");
    close(s), close(t);
}

int main(void)
{
    four();
    six();
    errors(AF_INET);
    errors(AF_INET6);
    balanced();
    together();
    full();
    return 0;
}
