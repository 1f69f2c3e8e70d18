/* Options of the IP levels on every kind of socket: what is there at the start, good, absurd and
 * short values, and what is read back.
 *
 * pith-test: net=own
 */
#include "t.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#define N(n)                                                                                       \
    {                                                                                              \
        n, #n                                                                                      \
    }
static const struct {
    int name;
    const char *text;
} four[] = {N(IP_TOS),           N(IP_TTL),           N(IP_HDRINCL),
            N(IP_OPTIONS),       N(IP_RECVOPTS),      N(IP_RETOPTS),
            N(IP_PKTINFO),       N(IP_MTU_DISCOVER),  N(IP_RECVERR),
            N(IP_RECVTTL),       N(IP_RECVTOS),       N(IP_MTU),
            N(IP_FREEBIND),      N(IP_TRANSPARENT),   N(IP_RECVORIGDSTADDR),
            N(IP_NODEFRAG),      N(IP_CHECKSUM),      N(IP_BIND_ADDRESS_NO_PORT),
            N(IP_MULTICAST_IF),  N(IP_MULTICAST_TTL), N(IP_MULTICAST_LOOP),
            N(IP_MULTICAST_ALL), N(IP_UNICAST_IF),    {1000, "1000"},
            {-1, "-1"}},
  six[] = {N(IPV6_V6ONLY),
           N(IPV6_UNICAST_HOPS),
           N(IPV6_MULTICAST_HOPS),
           N(IPV6_MULTICAST_LOOP),
           N(IPV6_MULTICAST_IF),
           N(IPV6_MTU_DISCOVER),
           N(IPV6_MTU),
           N(IPV6_RECVERR),
           N(IPV6_RECVPKTINFO),
           N(IPV6_RECVHOPLIMIT),
           N(IPV6_RECVTCLASS),
           N(IPV6_TCLASS),
           N(IPV6_DONTFRAG),
           {29, "IPV6_MULTICAST_ALL"},
           {76, "IPV6_UNICAST_IF"},
           {78, "IPV6_FREEBIND"},
           {1000, "1000"}};

static void get(int s, int level, int name, const char *text, socklen_t room)
{
    int v = 0;
    socklen_t len = room;
    if (getsockopt(s, level, name, &v, &len) < 0)
        say("get %s (%d): %s", text, (int)room, t_errno(errno));
    else
        say("get %s (%d): %d, %d bytes", text, (int)room, v, (int)len);
}

static void set(int s, int level, int name, const char *text, int v, socklen_t len)
{
    if (setsockopt(s, level, name, &v, len) < 0)
        say("set %s to %d (%d): %s", text, v, (int)len, t_errno(errno));
    else
        say("set %s to %d (%d): ok", text, v, (int)len);
}

static void all(const char *what, int s)
{
    static const int values[] = {1, 0, -1, 2, 5, 6, 64, 255, 256, -2, 1279, 70000};
    say("-- %s", what);
    for (unsigned i = 0; i < sizeof four / sizeof *four; i++) {
        get(s, IPPROTO_IP, four[i].name, four[i].text, 4);
        get(s, IPPROTO_IP, four[i].name, four[i].text, 1);
        if (four[i].name == IP_OPTIONS || four[i].name == IP_MULTICAST_IF ||
            four[i].name == IP_UNICAST_IF)
            continue;
        for (unsigned k = 0; k < sizeof values / sizeof *values; k++)
            set(s, IPPROTO_IP, four[i].name, four[i].text, values[k], 4);
        get(s, IPPROTO_IP, four[i].name, four[i].text, 4);
        set(s, IPPROTO_IP, four[i].name, four[i].text, 1, 1);
        get(s, IPPROTO_IP, four[i].name, four[i].text, 4);
        set(s, IPPROTO_IP, four[i].name, four[i].text, 1, 0);
    }
    for (unsigned i = 0; i < sizeof six / sizeof *six; i++) {
        get(s, IPPROTO_IPV6, six[i].name, six[i].text, 4);
        get(s, IPPROTO_IPV6, six[i].name, six[i].text, 1);
        for (unsigned k = 0; k < sizeof values / sizeof *values; k++)
            set(s, IPPROTO_IPV6, six[i].name, six[i].text, values[k], 4);
        get(s, IPPROTO_IPV6, six[i].name, six[i].text, 4);
        set(s, IPPROTO_IPV6, six[i].name, six[i].text, 1, 1);
        set(s, IPPROTO_IPV6, six[i].name, six[i].text, 1, 0);
    }
    int v = 1;
    R(setsockopt(s, IPPROTO_IP, IP_TTL, t_wild, 4));
    R(setsockopt(s, IPPROTO_IP, IP_TTL, &v, -1));
    R(getsockopt(s, IPPROTO_IP, IP_TTL, &v, t_wild));
    close(s);
}

static void mtu(void)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(5300)};
    struct sockaddr_in6 b = {.sin6_family = AF_INET6, .sin6_port = htons(5300)};
    int s = socket(AF_INET, SOCK_DGRAM, 0), t = socket(AF_INET6, SOCK_DGRAM, 0);
    char big[2000] = "";
    say("-- connected");
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    b.sin6_addr = in6addr_loopback;
    R(connect(s, (void *)&a, sizeof a));
    R(connect(t, (void *)&b, sizeof b));
    int v = 0;
    socklen_t len = sizeof v;
    R(getsockopt(s, IPPROTO_IP, IP_MTU, &v, &len));
    say("MTU of lo is %s", v >= 65535 ? "large" : "small");
    R(getsockopt(t, IPPROTO_IPV6, IPV6_MTU, &v, &len));
    say("MTU of lo is %s", v >= 65535 ? "large" : "small");
    set(s, IPPROTO_IP, IP_MTU_DISCOVER, "IP_MTU_DISCOVER", 2, 4);
    R(send(s, big, sizeof big, 0));
    set(t, IPPROTO_IPV6, IPV6_V6ONLY, "IPV6_V6ONLY", 1, 4);
    close(s), close(t);
}

int main(void)
{
    all("UDP, IPv4", socket(AF_INET, SOCK_DGRAM, 0));
    all("UDP, IPv6", socket(AF_INET6, SOCK_DGRAM, 0));
    all("TCP, IPv4", socket(AF_INET, SOCK_STREAM, 0));
    all("TCP, IPv6", socket(AF_INET6, SOCK_STREAM, 0));
    all("raw, IPv4", socket(AF_INET, SOCK_RAW, IPPROTO_ICMP));
    mtu();
    return 0;
}
