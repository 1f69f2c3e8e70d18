/* Both ends of the UDP tests between a guest and Linux: the same program, here and there.
 *
 *   peer server ADDRESS PORT COUNT    answers COUNT messages; each comes back as it is
 *   peer client ADDRESS PORT          a port where nobody is; then messages of all sizes, each must
 *                                     come back
 *   peer hear GROUP PORT ADDRESS      joins the group on the interface with the address, waits
 *   peer tell GROUP PORT ADDRESS      sends to the group by the interface with the address
 *   peer shout ADDRESS PORT           sends to a broadcast address
 *   peer ping ADDRESS                 echo requests of all sizes by a ping socket
 *   peer dhcp ADDRESS                 a DHCP server that hands out 10.9.0.77 and names ADDRESS as
 *                                     DNS server, and that server: every name is 192.0.2.33
 *   peer resolve NAME                 prints /etc/resolv.conf and the address of the name
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define MAX 65507

static unsigned char out[MAX], in[MAX + 1];
static const int sizes[] = {0, 1, 7, 512, 1400, 1471, 1472, 1473, 2953, 8192, 30000, 65000, MAX};

static int fail(const char *what)
{
    printf("%s: %s\n", what, strerror(errno));
    exit(1);
}

static socklen_t address(const char *ip, int port, struct sockaddr_storage *a)
{
    struct sockaddr_in *four = (void *)a;
    struct sockaddr_in6 *six = (void *)a;
    memset(a, 0, sizeof *a);
    if (inet_pton(AF_INET, ip, &four->sin_addr) == 1) {
        four->sin_family = AF_INET;
        four->sin_port = htons(port);
        return sizeof *four;
    }
    if (inet_pton(AF_INET6, ip, &six->sin6_addr) != 1)
        fail(ip);
    six->sin6_family = AF_INET6;
    six->sin6_port = htons(port);
    return sizeof *six;
}

static int open_socket(int family, int protocol)
{
    int s = socket(family, SOCK_DGRAM, protocol), big = 1 << 20, on = 1;
    struct timeval patience = {5, 0};
    if (s < 0)
        fail("socket");
    setsockopt(s, SOL_SOCKET, SO_RCVBUF, &big, sizeof big);
    setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(s, SOL_SOCKET, SO_BROADCAST, &on, sizeof on);
    return s;
}

static void fill(int n)
{
    for (int i = 0; i < n; i++)
        out[i] = (unsigned char)(i * 7 + i / 256 + n);
}

static int server(const char *ip, int port, int count)
{
    struct sockaddr_storage a, from;
    socklen_t len = address(ip, port, &a), flen;
    int s = open_socket(a.ss_family, 0);
    if (bind(s, (void *)&a, len))
        fail("bind");
    puts("ready");
    fflush(stdout);
    while (count--) {
        flen = sizeof from;
        ssize_t n = recvfrom(s, in, sizeof in, 0, (void *)&from, &flen);
        if (n < 0)
            fail("recv");
        if (sendto(s, in, (size_t)n, 0, (void *)&from, flen) != n)
            fail("send");
    }
    return 0;
}

static int client(const char *ip, int port)
{
    struct sockaddr_storage a;
    socklen_t len = address(ip, port + 1, &a);
    int s = open_socket(a.ss_family, 0);
    if (connect(s, (void *)&a, len) || send(s, "x", 1, 0) != 1)
        fail("connect");
    if (recv(s, in, sizeof in, 0) >= 0 || errno != ECONNREFUSED)
        fail("a port where nobody is");
    address(ip, port, &a);
    if (connect(s, (void *)&a, len))
        fail("connect");
    for (unsigned i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        int n = sizes[i];
        if (a.ss_family == AF_INET6 && n > 65487)
            n = 65487; /* with its header more than lwIP's sizes hold */
        fill(n);
        if (send(s, out, (size_t)n, 0) != n)
            fail("send");
        ssize_t got = recv(s, in, sizeof in, 0);
        if (got != n || memcmp(in, out, (size_t)n)) {
            printf("%d bytes: %d came back, %s\n", n, (int)got,
                   got < 0 ? strerror(errno) : "others");
            return 1;
        }
    }
    /* Many at once; the order is kept. */
    for (int i = 0; i < 50; i++)
        if (send(s, &i, sizeof i, 0) != sizeof i)
            fail("send");
    for (int i = 0, k; i < 50; i++)
        if (recv(s, &k, sizeof k, 0) != sizeof k || k != i) {
            printf("message %d of 50\n", i);
            return 1;
        }
    puts("ok");
    return 0;
}

static int group(const char *ip, int port, const char *own, int hear)
{
    struct sockaddr_storage a;
    socklen_t len = address(ip, port, &a);
    int s = open_socket(AF_INET, 0);
    struct ip_mreq m;
    inet_pton(AF_INET, ip, &m.imr_multiaddr);
    inet_pton(AF_INET, own, &m.imr_interface);
    if (!hear) {
        if (setsockopt(s, IPPROTO_IP, IP_MULTICAST_IF, &m.imr_interface, sizeof m.imr_interface))
            fail("IP_MULTICAST_IF");
        for (int i = 0; i < 10; i++, usleep(30000))
            sendto(s, "to the group", 12, 0, (void *)&a, len);
        return 0;
    }
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons(port)};
    if (bind(s, (void *)&any, sizeof any))
        fail("bind");
    if (m.imr_multiaddr.s_addr != INADDR_BROADCAST &&
        setsockopt(s, IPPROTO_IP, IP_ADD_MEMBERSHIP, &m, sizeof m))
        fail("IP_ADD_MEMBERSHIP");
    puts("ready");
    fflush(stdout);
    ssize_t n = recv(s, in, sizeof in, 0);
    if (n < 0)
        fail("recv");
    printf("heard %.*s\n", (int)n, in);
    return 0;
}

static int shout(const char *ip, int port)
{
    struct sockaddr_storage a;
    socklen_t len = address(ip, port, &a);
    int s = open_socket(AF_INET, 0);
    for (int i = 0; i < 10; i++, usleep(30000))
        if (sendto(s, "to all", 6, 0, (void *)&a, len) != 6)
            fail("send");
    return 0;
}

static int ping(const char *ip)
{
    struct sockaddr_storage a;
    socklen_t len = address(ip, 0, &a);
    int six = a.ss_family == AF_INET6;
    int s = open_socket(a.ss_family, six ? IPPROTO_ICMPV6 : IPPROTO_ICMP);
    if (connect(s, (void *)&a, len))
        fail("connect");
    for (unsigned i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        int n = sizes[i] < 8 ? 8 : sizes[i] > 60000 ? 60000 : sizes[i];
        fill(n);
        out[0] = six ? ICMP6_ECHO_REQUEST : ICMP_ECHO;
        out[1] = 0;
        if (send(s, out, (size_t)n, 0) != n)
            fail("send");
        ssize_t got = recv(s, in, sizeof in, 0);
        if (got != n || memcmp(in + 8, out + 8, (size_t)n - 8) || memcmp(in + 6, out + 6, 2)) {
            printf("ping of %d bytes: %d came back, %s\n", n, (int)got,
                   got < 0 ? strerror(errno) : "others");
            return 1;
        }
    }
    puts("ok");
    return 0;
}

/* RFC 2131: DISCOVER is answered by OFFER, REQUEST by ACK. */
static int dhcp_answer(unsigned char *q, int n, const char *own)
{
    static const unsigned char lease[] = {51, 4, 0, 0, 1, 0}, mask[] = {1, 4, 255, 255, 255, 0};
    int type = 0;
    for (int at = 240; at + 1 < n && q[at] != 255; at += q[at] ? q[at + 1] + 2 : 1)
        if (q[at] == 53)
            type = q[at + 2];
    if (type != 1 && type != 3)
        return 0;
    q[0] = 2;
    inet_pton(AF_INET, "10.9.0.77", q + 16);
    unsigned char *o = q + 240;
    *o++ = 53, *o++ = 1, *o++ = type == 1 ? 2 : 5;
    *o++ = 54, *o++ = 4, inet_pton(AF_INET, own, o), o += 4;
    *o++ = 6, *o++ = 4, inet_pton(AF_INET, own, o), o += 4;
    *o++ = 3, *o++ = 4, inet_pton(AF_INET, own, o), o += 4;
    memcpy(o, lease, sizeof lease), o += sizeof lease;
    memcpy(o, mask, sizeof mask), o += sizeof mask;
    *o++ = 255;
    return (int)(o - q) < 300 ? 300 : (int)(o - q);
}

/* Every question for an IPv4 address is answered, others have no answer. */
static int dns_answer(unsigned char *q, int n)
{
    static const unsigned char a[] = {0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 33};
    int four = n > 16 && q[n - 3] == 1;
    q[2] = 0x84, q[3] = 0x80;
    q[7] = (unsigned char)four;
    q[11] = 0;
    memcpy(q + n, a, sizeof a);
    return four ? n + (int)sizeof a : n;
}

static int dhcp(const char *own)
{
    struct sockaddr_storage d, n, all;
    socklen_t len = address("0.0.0.0", 67, &d);
    int s = open_socket(AF_INET, 0), t = open_socket(AF_INET, 0);
    address(own, 53, &n);
    address("10.9.0.255", 68, &all);
    if (bind(s, (void *)&d, len) || bind(t, (void *)&n, len))
        fail("bind");
    puts("ready");
    fflush(stdout);
    for (;;) {
        struct pollfd p[2] = {{s, POLLIN, 0}, {t, POLLIN, 0}};
        struct sockaddr_storage from;
        socklen_t flen = sizeof from;
        if (poll(p, 2, 5000) <= 0)
            return 0;
        if (p[0].revents) {
            int got = (int)recv(s, in, 1500, 0);
            got = got > 240 ? dhcp_answer(in, got, own) : 0;
            if (got && sendto(s, in, (size_t)got, 0, (void *)&all, len) != got)
                fail("send");
        }
        if (p[1].revents) {
            int got = (int)recvfrom(t, in, 500, 0, (void *)&from, &flen);
            got = got > 12 ? dns_answer(in, got) : 0;
            if (got && sendto(t, in, (size_t)got, 0, (void *)&from, flen) != got)
                fail("send");
        }
    }
}

static int resolve(const char *name)
{
    struct addrinfo hint = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG}, *list;
    char line[300], text[64];
    FILE *f = fopen("/etc/resolv.conf", "r");
    while (f && fgets(line, sizeof line, f))
        if (!strncmp(line, "nameserver", 10))
            printf("%s", line);
    int r = getaddrinfo(name, 0, &hint, &list);
    if (r) {
        printf("%s: %s\n", name, gai_strerror(r));
        return 1;
    }
    struct sockaddr_in *a = (void *)list->ai_addr;
    printf("heard %s\n", inet_ntop(a->sin_family, &a->sin_addr, text, sizeof text));
    return 0;
}

int main(int argc, char **argv)
{
    const char *what = argc > 2 ? argv[1] : "";
    int port = argc > 3 ? atoi(argv[3]) : 0;
    if (!strcmp(what, "server") && argc > 4)
        return server(argv[2], port, atoi(argv[4]));
    if (!strcmp(what, "client") && argc > 3)
        return client(argv[2], port);
    if (!strcmp(what, "hear") && argc > 4)
        return group(argv[2], port, argv[4], 1);
    if (!strcmp(what, "tell") && argc > 4)
        return group(argv[2], port, argv[4], 0);
    if (!strcmp(what, "shout") && argc > 3)
        return shout(argv[2], port);
    if (!strcmp(what, "ping"))
        return ping(argv[2]);
    if (!strcmp(what, "dhcp"))
        return dhcp(argv[2]);
    if (!strcmp(what, "resolve"))
        return resolve(argv[2]);
    return 2;
}
