/* Raw and ping sockets over loopback: echo requests of both kinds and families, filters, headers of
 * the program's own, checksums.
 *
 * pith-test: net=own
 */
#include "t.h"

#include <arpa/inet.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <sys/socket.h>

#ifndef ICMP_FILTER
#define ICMP_FILTER 1
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

static uint16_t sum(const void *p, int n)
{
    const unsigned char *b = p;
    uint32_t s = 0;
    for (int i = 0; i < n; i++)
        s += i & 1 ? (uint32_t)b[i] << 8 : b[i];
    s = (s >> 16) + (s & 0xffff);
    s += s >> 16;
    return (uint16_t)~s;
}

static void ping4(void)
{
    struct sockaddr_in a = in4("127.0.0.1", 0), me;
    struct sockaddr_in from;
    socklen_t len = sizeof me;
    struct {
        struct icmphdr h;
        char data[8];
    } m = {.h = {.type = ICMP_ECHO, .un.echo = {.id = 77, .sequence = htons(5)}},
           .data = "payload"};
    char buf[200];
    int s = socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP);
    say("-- ping, IPv4");
    if (s < 0) {
        say("socket: %s", t_errno(errno));
        return;
    }
    R(sendto(s, &m, 7, 0, (void *)&a, sizeof a));
    R(sendto(s, &m, sizeof m, 0, (void *)&a, sizeof a));
    getsockname(s, (void *)&me, &len);
    say("identifier %s", me.sin_port ? "given" : "none");
    len = sizeof from;
    ssize_t n = recvfrom(s, buf, sizeof buf, 0, (void *)&from, &len);
    struct icmphdr *h = (void *)buf;
    say("%d bytes, type %d code %d, sequence %d, %s, %s from %s port %d", (int)n, h->type, h->code,
        ntohs(h->un.echo.sequence), h->un.echo.id == me.sin_port ? "mine" : "not mine",
        sum(buf, (int)n) ? "broken" : "whole", inet_ntoa(from.sin_addr), from.sin_port);
    say("data %s", buf + 8);
    R(recv(s, buf, sizeof buf, MSG_DONTWAIT));
    m.h.type = ICMP_ECHOREPLY;
    R(sendto(s, &m, sizeof m, 0, (void *)&a, sizeof a));
    m.h.type = ICMP_ECHO;
    m.h.code = 3;
    R(sendto(s, &m, sizeof m, 0, (void *)&a, sizeof a));
    m.h.code = 0;
    R(send(s, &m, sizeof m, 0));
    R(connect(s, (void *)&a, sizeof a));
    R(send(s, &m, sizeof m, 0));
    R(recv(s, buf, sizeof buf, 0));
    close(s);
    s = socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP);
    int t = socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP);
    a.sin_port = htons(1234);
    R(bind(s, (void *)&a, sizeof a));
    R(getsockname(s, (void *)&me, &len));
    V(ntohs(me.sin_port));
    R(bind(t, (void *)&a, sizeof a));
    close(s), close(t);
}

static void ping6(void)
{
    struct sockaddr_in6 a = in6("::1", 0);
    struct {
        struct icmp6_hdr h;
        char data[8];
    } m = {.h = {.icmp6_type = ICMP6_ECHO_REQUEST}, .data = "payload"};
    char buf[200];
    int s = socket(AF_INET6, SOCK_DGRAM, IPPROTO_ICMPV6);
    say("-- ping, IPv6");
    if (s < 0) {
        say("socket: %s", t_errno(errno));
        return;
    }
    m.h.icmp6_seq = htons(9);
    R(sendto(s, &m, sizeof m, 0, (void *)&a, sizeof a));
    ssize_t n = recv(s, buf, sizeof buf, 0);
    struct icmp6_hdr *h = (void *)buf;
    say("%d bytes, type %d code %d, sequence %d, %s", (int)n, h->icmp6_type, h->icmp6_code,
        ntohs(h->icmp6_seq), buf + 8);
    m.h.icmp6_type = 1;
    R(sendto(s, &m, sizeof m, 0, (void *)&a, sizeof a));
    close(s);
}

static void raw4(void)
{
    struct sockaddr_in a = in4("127.0.0.1", 0), from;
    struct {
        struct icmphdr h;
        char data[8];
    } m;
    char buf[200];
    socklen_t len = sizeof from;
    uint32_t filter = ~(1u << ICMP_ECHOREPLY), got = 0;
    memset(&m, 0, sizeof m);
    m.h.type = ICMP_ECHO;
    m.h.un.echo.id = 88;
    m.h.un.echo.sequence = htons(6);
    strcpy(m.data, "rawdata");
    say("-- raw, IPv4");
    R(socket(AF_INET, SOCK_RAW, 0));
    R(socket(AF_INET, SOCK_RAW, 256));
    R(socket(AF_INET, SOCK_RAW, -1));
    int s = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
    if (s < 0) {
        say("socket: %s", t_errno(errno));
        return;
    }
    m.h.checksum = sum(&m, sizeof m);
    R(send(s, &m, sizeof m, 0));
    R(sendto(s, &m, sizeof m, 0, (void *)&a, sizeof a));
    for (int i = 0; i < 3; i++) {
        ssize_t n = recvfrom(s, buf, sizeof buf, MSG_DONTWAIT, (void *)&from, &len);
        struct iphdr *ip = (void *)buf;
        struct icmphdr *h = (void *)(buf + 20);
        if (n < 0)
            say("%s", t_errno(errno));
        else
            say("%d bytes, IPv%d, header %d, protocol %d, ttl %d, type %d, from %s port %d", (int)n,
                ip->version, ip->ihl * 4, ip->protocol, ip->ttl, h->type, inet_ntoa(from.sin_addr),
                from.sin_port);
    }
    R(setsockopt(s, SOL_RAW, ICMP_FILTER, &filter, sizeof filter));
    len = sizeof got;
    R(getsockopt(s, SOL_RAW, ICMP_FILTER, &got, &len));
    say("%x", got);
    R(sendto(s, &m, sizeof m, 0, (void *)&a, sizeof a));
    R(recv(s, buf, sizeof buf, MSG_DONTWAIT));
    say("type %d", buf[20]);
    R(recv(s, buf, sizeof buf, MSG_DONTWAIT));
    R(getsockname(s, (void *)&from, (len = sizeof from, &len)));
    say("%s port %d", inet_ntoa(from.sin_addr), ntohs(from.sin_port));
    R(bind(s, (void *)&a, sizeof a));
    R(connect(s, (void *)&a, sizeof a));
    R(send(s, &m, sizeof m, 0));
    R(recv(s, buf, sizeof buf, MSG_DONTWAIT));
    R(listen(s, 1));
    R(recv(s, buf, sizeof buf, MSG_OOB));
    R(send(s, &m, sizeof m, MSG_OOB));
    close(s);
    /* A protocol nobody else knows, and what is broadcast to no one. */
    s = socket(AF_INET, SOCK_RAW, 253);
    int t = socket(AF_INET, SOCK_RAW, 253);
    R(sendto(s, "private", 7, 0, (void *)&a, sizeof a));
    R(recv(t, buf, sizeof buf, MSG_DONTWAIT));
    say("%.7s", buf + 20);
    R(recv(s, buf, sizeof buf, MSG_DONTWAIT));
    int one = 1;
    R(setsockopt(s, IPPROTO_IP, IP_HDRINCL, &one, sizeof one));
    struct {
        struct iphdr ip;
        char data[8];
    } whole = {.ip = {.version = 4, .ihl = 5, .ttl = 9, .protocol = 253}, .data = "by hand"};
    whole.ip.daddr = a.sin_addr.s_addr;
    R(sendto(s, &whole, sizeof whole, 0, (void *)&a, sizeof a));
    R(recv(t, buf, sizeof buf, MSG_DONTWAIT));
    struct iphdr *ip = (void *)buf;
    struct in_addr src = {ip->saddr};
    say("length %d, ttl %d, from %s, %s, %.7s", ntohs(ip->tot_len), ip->ttl, inet_ntoa(src),
        sum(ip, 20) ? "broken" : "whole", buf + 20);
    R(sendto(s, &whole, 10, 0, (void *)&a, sizeof a));
    close(s), close(t);
    s = socket(AF_INET, SOCK_RAW, IPPROTO_RAW);
    R(sendto(s, &whole, sizeof whole, 0, (void *)&a, sizeof a));
    R(recv(s, buf, sizeof buf, MSG_DONTWAIT));
    R(getsockopt(s, IPPROTO_IP, IP_HDRINCL, &one, (len = sizeof one, &len)));
    V(one);
    close(s);
    s = socket(AF_INET, SOCK_RAW, IPPROTO_UDP);
    t = socket(AF_INET, SOCK_DGRAM, 0);
    int u = socket(AF_INET, SOCK_DGRAM, 0);
    a.sin_port = htons(5300);
    (void)bind(u, (void *)&a, sizeof a);
    R(sendto(t, "seen twice", 10, 0, (void *)&a, sizeof a));
    R(recv(u, buf, sizeof buf, MSG_DONTWAIT));
    R(recv(s, buf, sizeof buf, MSG_DONTWAIT));
    say("%.10s", buf + 28);
    static const int modes[] = {IP_PMTUDISC_DONT, IP_PMTUDISC_DO, IP_PMTUDISC_PROBE};
    for (int i = 0; i < 3; i++) {
        setsockopt(t, IPPROTO_IP, IP_MTU_DISCOVER, &modes[i], sizeof modes[i]);
        R(sendto(t, "whole", 5, 0, (void *)&a, sizeof a));
        R(recv(u, buf, sizeof buf, MSG_DONTWAIT));
        R(recv(s, buf, sizeof buf, MSG_DONTWAIT));
        struct iphdr *h = (void *)buf;
        say("fragments: %x, header %s", ntohs(h->frag_off), sum(buf, 20) ? "broken" : "whole");
    }
    close(s), close(t), close(u);
}

static void raw6(void)
{
    struct sockaddr_in6 a = in6("::1", 0), from;
    struct {
        struct icmp6_hdr h;
        char data[8];
    } m = {.h = {.icmp6_type = ICMP6_ECHO_REQUEST}, .data = "rawdata"};
    char buf[200];
    socklen_t len = sizeof from;
    struct icmp6_filter f;
    say("-- raw, IPv6");
    int s = socket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6);
    if (s < 0) {
        say("socket: %s", t_errno(errno));
        return;
    }
    R(sendto(s, &m, sizeof m, 0, (void *)&a, sizeof a));
    for (int i = 0; i < 3; i++) {
        ssize_t n = recvfrom(s, buf, sizeof buf, MSG_DONTWAIT, (void *)&from, &len);
        if (n < 0)
            say("%s", t_errno(errno));
        else
            say("%d bytes, type %d %s, port %d", (int)n, (unsigned char)buf[0], buf + 8,
                from.sin6_port);
    }
    ICMP6_FILTER_SETBLOCKALL(&f);
    ICMP6_FILTER_SETPASS(ICMP6_ECHO_REPLY, &f);
    R(setsockopt(s, IPPROTO_ICMPV6, ICMP6_FILTER, &f, sizeof f));
    R(sendto(s, &m, sizeof m, 0, (void *)&a, sizeof a));
    R(recv(s, buf, sizeof buf, MSG_DONTWAIT));
    say("type %d", (unsigned char)buf[0]);
    R(recv(s, buf, sizeof buf, MSG_DONTWAIT));
    int v = 2;
    R(setsockopt(s, IPPROTO_IPV6, IPV6_CHECKSUM, &v, sizeof v));
    len = sizeof v;
    R(getsockopt(s, IPPROTO_IPV6, IPV6_CHECKSUM, &v, &len));
    V(v);
    close(s);
    s = socket(AF_INET6, SOCK_RAW, 253);
    int t = socket(AF_INET6, SOCK_RAW, 253);
    R(sendto(s, "\0\0private", 9, 0, (void *)&a, sizeof a));
    R(recv(t, buf, sizeof buf, MSG_DONTWAIT));
    say("%.7s", buf + 2);
    R(recv(s, buf, sizeof buf, MSG_DONTWAIT));
    v = 3;
    R(setsockopt(s, IPPROTO_IPV6, IPV6_CHECKSUM, &v, sizeof v));
    v = 0;
    R(setsockopt(s, IPPROTO_IPV6, IPV6_CHECKSUM, &v, sizeof v));
    R(setsockopt(t, IPPROTO_IPV6, IPV6_CHECKSUM, &v, sizeof v));
    R(sendto(s, "\0\0private", 9, 0, (void *)&a, sizeof a));
    R(recv(t, buf, sizeof buf, MSG_DONTWAIT));
    say("checksum %s", buf[0] || buf[1] ? "filled in" : "none");
    v = -1;
    R(setsockopt(s, IPPROTO_IPV6, IPV6_CHECKSUM, &v, sizeof v));
    R(recv(s, buf, sizeof buf, MSG_DONTWAIT));
    R(sendto(s, "\0\0broken", 9, 0, (void *)&a, sizeof a));
    R(recv(t, buf, sizeof buf, MSG_DONTWAIT));
    close(s), close(t);
}

int main(void)
{
    ping4();
    ping6();
    raw4();
    raw6();
    return 0;
}
