/* Multicast and broadcast inside one machine: joining, leaving, sources, who hears what.
 *
 * pith-test: net=own
 */
#include "t.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

static struct sockaddr_in in4(const char *ip, int port)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};
    inet_pton(AF_INET, ip, &a.sin_addr);
    return a;
}

static int member(int s, int name, const char *group, const char *iface, int index)
{
    struct ip_mreqn m = {.imr_ifindex = index};
    inet_pton(AF_INET, group, &m.imr_multiaddr);
    inet_pton(AF_INET, iface, &m.imr_address);
    return setsockopt(s, IPPROTO_IP, name, &m, sizeof m);
}

static int source(int s, int name, const char *group, const char *src)
{
    struct ip_mreq_source m;
    inet_pton(AF_INET, group, &m.imr_multiaddr);
    inet_pton(AF_INET, "127.0.0.1", &m.imr_interface);
    inet_pton(AF_INET, src, &m.imr_sourceaddr);
    return setsockopt(s, IPPROTO_IP, name, &m, sizeof m);
}

static void heard(const char *who, int s)
{
    char buf[100];
    ssize_t n = recv(s, buf, sizeof buf - 1, MSG_DONTWAIT);
    if (n < 0)
        say("  %s: %s", who, t_errno(errno));
    else
        say("  %s: \"%.*s\"", who, (int)n, buf);
}

static int bound(const char *ip, int port)
{
    int s = socket(AF_INET, SOCK_DGRAM, 0), on = 1;
    struct sockaddr_in a = in4(ip, port);
    setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(s, (void *)&a, sizeof a))
        say("bind %s: %s", ip, t_errno(errno));
    return s;
}

static void joins(void)
{
    int s = socket(AF_INET, SOCK_DGRAM, 0), t = socket(AF_INET, SOCK_STREAM, 0), n = 0;
    say("-- joining");
    R(member(s, IP_ADD_MEMBERSHIP, "239.1.1.1", "0.0.0.0", 0));
    R(member(s, IP_ADD_MEMBERSHIP, "239.1.1.1", "127.0.0.1", 0));
    R(member(s, IP_ADD_MEMBERSHIP, "239.1.1.1", "0.0.0.0", 1));
    R(member(s, IP_ADD_MEMBERSHIP, "10.1.1.1", "127.0.0.1", 0));
    R(member(s, IP_ADD_MEMBERSHIP, "239.1.1.2", "192.0.2.1", 0));
    R(member(s, IP_ADD_MEMBERSHIP, "239.1.1.2", "0.0.0.0", 99));
    R(member(s, IP_DROP_MEMBERSHIP, "239.1.1.2", "127.0.0.1", 0));
    R(member(s, IP_DROP_MEMBERSHIP, "239.1.1.1", "127.0.0.1", 0));
    R(member(s, IP_DROP_MEMBERSHIP, "239.1.1.1", "127.0.0.1", 0));
    R(member(t, IP_ADD_MEMBERSHIP, "239.1.1.1", "127.0.0.1", 0));
    R(setsockopt(s, IPPROTO_IP, IP_ADD_MEMBERSHIP, &n, sizeof n));
    R(setsockopt(s, IPPROTO_IP, IP_ADD_MEMBERSHIP, t_wild, sizeof(struct ip_mreq)));
    for (n = 0; n < 40; n++) {
        char group[32];
        snprintf(group, sizeof group, "239.2.0.%d", n);
        if (member(s, IP_ADD_MEMBERSHIP, group, "127.0.0.1", 0))
            break;
    }
    say("%d groups, then %s", n, t_errno(errno));
    close(s), close(t);
    s = socket(AF_INET, SOCK_DGRAM, 0);
    struct in_addr i = {htonl(INADDR_LOOPBACK)}, got = {1};
    socklen_t len = sizeof got;
    R(setsockopt(s, IPPROTO_IP, IP_MULTICAST_IF, &i, 3));
    R(setsockopt(s, IPPROTO_IP, IP_MULTICAST_IF, &i, 4));
    R(getsockopt(s, IPPROTO_IP, IP_MULTICAST_IF, &got, &len));
    say("%s", inet_ntoa(got));
    i.s_addr = htonl(0xc0000201);
    R(setsockopt(s, IPPROTO_IP, IP_MULTICAST_IF, &i, 4));
    i.s_addr = 0;
    R(setsockopt(s, IPPROTO_IP, IP_MULTICAST_IF, &i, 4));
    R(getsockopt(s, IPPROTO_IP, IP_MULTICAST_IF, &got, &len));
    say("%s", inet_ntoa(got));
    struct sockaddr_in a = in4("239.1.1.1", 5300);
    R(sendto(s, "nowhere", 7, 0, (void *)&a, sizeof a));
    close(s);
}

static void hears(void)
{
    struct sockaddr_in a = in4("239.1.1.1", 5300), b = in4("239.1.1.2", 5300);
    struct in_addr lo = {htonl(INADDR_LOOPBACK)};
    int s = socket(AF_INET, SOCK_DGRAM, 0), off = 0;
    int any = bound("0.0.0.0", 5300), group = bound("239.1.1.1", 5300),
        own = bound("127.0.0.1", 5300);
    int only = bound("0.0.0.0", 5300), other = bound("0.0.0.0", 5301);
    say("-- hearing");
    R(setsockopt(s, IPPROTO_IP, IP_MULTICAST_IF, &lo, sizeof lo));
    R(setsockopt(only, IPPROTO_IP, IP_MULTICAST_ALL, &off, sizeof off));
    R(sendto(s, "no members", 10, 0, (void *)&a, sizeof a));
    heard("any", any);
    R(member(any, IP_ADD_MEMBERSHIP, "239.1.1.1", "127.0.0.1", 0));
    R(sendto(s, "one", 3, 0, (void *)&a, sizeof a));
    heard("any", any);
    heard("any again", any);
    heard("group", group);
    heard("own address", own);
    heard("only its groups", only);
    heard("other port", other);
    R(member(only, IP_ADD_MEMBERSHIP, "239.1.1.2", "127.0.0.1", 0));
    R(sendto(s, "two", 3, 0, (void *)&b, sizeof b));
    heard("any", any);
    heard("group", group);
    heard("only its groups", only);
    R(member(any, IP_DROP_MEMBERSHIP, "239.1.1.1", "127.0.0.1", 0));
    R(sendto(s, "three", 5, 0, (void *)&a, sizeof a));
    heard("any", any);
    heard("group", group);
    R(setsockopt(s, IPPROTO_IP, IP_MULTICAST_LOOP, &off, sizeof off));
    R(sendto(s, "four", 4, 0, (void *)&b, sizeof b));
    heard("only its groups", only);
    close(s), close(any), close(group), close(own), close(only), close(other);
}

static void sources(void)
{
    struct sockaddr_in a = in4("239.1.1.3", 5300);
    struct in_addr lo = {htonl(INADDR_LOOPBACK)};
    int t = bound("0.0.0.0", 5300), one = bound("127.0.0.1", 0), two = bound("127.0.0.2", 0);
    say("-- sources");
    setsockopt(one, IPPROTO_IP, IP_MULTICAST_IF, &lo, sizeof lo);
    setsockopt(two, IPPROTO_IP, IP_MULTICAST_IF, &lo, sizeof lo);
    R(source(t, IP_BLOCK_SOURCE, "239.1.1.3", "127.0.0.2"));
    R(source(t, IP_ADD_SOURCE_MEMBERSHIP, "239.1.1.3", "127.0.0.2"));
    R(source(t, IP_ADD_SOURCE_MEMBERSHIP, "239.1.1.3", "127.0.0.2"));
    R(sendto(one, "from one", 8, 0, (void *)&a, sizeof a));
    R(sendto(two, "from two", 8, 0, (void *)&a, sizeof a));
    heard("included", t);
    heard("included", t);
    R(source(t, IP_BLOCK_SOURCE, "239.1.1.3", "127.0.0.1"));
    R(source(t, IP_DROP_SOURCE_MEMBERSHIP, "239.1.1.3", "127.0.0.9"));
    R(source(t, IP_DROP_SOURCE_MEMBERSHIP, "239.1.1.3", "127.0.0.2"));
    R(source(t, IP_DROP_SOURCE_MEMBERSHIP, "239.1.1.3", "127.0.0.2"));
    R(member(t, IP_ADD_MEMBERSHIP, "239.1.1.3", "127.0.0.1", 0));
    R(source(t, IP_BLOCK_SOURCE, "239.1.1.3", "127.0.0.2"));
    R(sendto(one, "from one", 8, 0, (void *)&a, sizeof a));
    R(sendto(two, "from two", 8, 0, (void *)&a, sizeof a));
    heard("blocked", t);
    heard("blocked", t);
    R(source(t, IP_UNBLOCK_SOURCE, "239.1.1.3", "127.0.0.2"));
    R(sendto(two, "again", 5, 0, (void *)&a, sizeof a));
    heard("unblocked", t);
    close(t), close(one), close(two);
}

static void six(void)
{
    struct sockaddr_in6 a = {.sin6_family = AF_INET6, .sin6_port = htons(5300)}, b = a;
    struct ipv6_mreq m = {.ipv6mr_interface = 1};
    int s = socket(AF_INET6, SOCK_DGRAM, 0), t = socket(AF_INET6, SOCK_DGRAM, 0), v = 1, off = 0;
    say("-- IPv6");
    inet_pton(AF_INET6, "ff02::1234", &m.ipv6mr_multiaddr);
    R(bind(t, (void *)&a, sizeof a));
    R(setsockopt(t, IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP, &m, sizeof m));
    R(setsockopt(t, IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP, &m, sizeof m));
    R(setsockopt(t, IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP, &m, 4));
    m.ipv6mr_interface = 99;
    R(setsockopt(t, IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP, &m, sizeof m));
    m.ipv6mr_interface = 1;
    b.sin6_addr = m.ipv6mr_multiaddr;
    R(setsockopt(s, IPPROTO_IPV6, IPV6_MULTICAST_IF, &v, sizeof v));
    R(sendto(s, "six", 3, 0, (void *)&b, sizeof b));
    heard("member", t);
    R(setsockopt(s, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, &off, sizeof off));
    R(setsockopt(t, IPPROTO_IPV6, IPV6_DROP_MEMBERSHIP, &m, sizeof m));
    R(setsockopt(t, IPPROTO_IPV6, IPV6_DROP_MEMBERSHIP, &m, sizeof m));
    m.ipv6mr_multiaddr = in6addr_loopback;
    R(setsockopt(t, IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP, &m, sizeof m));
    close(s), close(t);
}

static void broadcast(void)
{
    struct sockaddr_in a = in4("127.255.255.255", 5300), all = in4("255.255.255.255", 5300);
    int s = socket(AF_INET, SOCK_DGRAM, 0), t = bound("0.0.0.0", 5300), u = bound("0.0.0.0", 5300),
        on = 1;
    say("-- broadcast");
    R(sendto(s, "x", 1, 0, (void *)&a, sizeof a));
    R(setsockopt(s, SOL_SOCKET, SO_BROADCAST, &on, sizeof on));
    R(sendto(s, "all of lo", 9, 0, (void *)&a, sizeof a));
    heard("one", t);
    heard("two", u);
    R(sendto(s, "x", 1, 0, (void *)&all, sizeof all));
    close(s), close(t), close(u);
}

int main(void)
{
    joins();
    hears();
    sources();
    six();
    broadcast();
    return 0;
}
