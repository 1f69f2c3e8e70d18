/* Both ends of a conversation over one of several interfaces, as guest and as Linux program.
 *
 *   peer answer              tells whoever asks on port 7 (TCP and UDP) his address; ends when told
 *   peer ask ADDRESS...      asks: prints the own address and the one that the other saw
 *   peer from IF ADDRESS...  the same, bound to an interface
 *   peer end ADDRESS         ends `answer`
 *   peer names [wait]        prints the interfaces and their addresses; waits to be asked first
 *   peer advertise IF        sends a router advertisement with a prefix and a default route
 */
#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/icmp6.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define PORT 7

static const char *text(const struct sockaddr *sa)
{
    static char name[INET6_ADDRSTRLEN];
    const struct sockaddr_in6 *six = (const void *)sa;
    if (sa->sa_family == AF_INET)
        return inet_ntop(AF_INET, &((const struct sockaddr_in *)(const void *)sa)->sin_addr, name,
                         sizeof name);
    if (IN6_IS_ADDR_V4MAPPED(&six->sin6_addr))
        return inet_ntop(AF_INET, &six->sin6_addr.s6_addr[12], name, sizeof name);
    return inet_ntop(AF_INET6, &six->sin6_addr, name, sizeof name);
}

static int listener(int type)
{
    const struct sockaddr_in6 at = {.sin6_family = AF_INET6, .sin6_port = htons(PORT)};
    const int yes = 1;
    int s = socket(AF_INET6, type, 0);
    setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (s < 0 || bind(s, (const void *)&at, sizeof at) || (type == SOCK_STREAM && listen(s, 16))) {
        perror("listen");
        exit(1);
    }
    return s;
}

static int answer(void)
{
    struct pollfd p[2] = {{.fd = listener(SOCK_STREAM), .events = POLLIN},
                          {.fd = listener(SOCK_DGRAM), .events = POLLIN}};
    struct sockaddr_in6 from;
    char what[64];
    puts("ready");
    fflush(stdout);
    while (poll(p, 2, -1) > 0) {
        socklen_t len = sizeof from;
        if (p[0].revents) {
            int c = accept(p[0].fd, (void *)&from, &len);
            dprintf(c, "%s", text((void *)&from));
            close(c);
        }
        len = sizeof from;
        if (p[1].revents) {
            ssize_t n = recvfrom(p[1].fd, what, sizeof what, 0, (void *)&from, &len);
            const char *name = text((void *)&from);
            if (n == 3 && memcmp(what, "end", 3) == 0)
                return 0;
            sendto(p[1].fd, name, strlen(name), 0, (void *)&from, len);
        }
    }
    return 1;
}

static int open_to(int type, const char *host, const char *device)
{
    const struct addrinfo hints = {.ai_socktype = type, .ai_flags = AI_NUMERICHOST};
    const struct timeval patience = {5, 0};
    struct addrinfo *a;
    if (getaddrinfo(host, "7", &hints, &a))
        exit(2);
    int s = socket(a->ai_family, type, 0);
    setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(s, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (device && setsockopt(s, SOL_SOCKET, SO_BINDTODEVICE, device, (socklen_t)strlen(device)))
        perror(device);
    if (connect(s, a->ai_addr, a->ai_addrlen)) {
        printf("%s: ", host);
        fflush(stdout);
        perror("connect");
        close(s);
        s = -1;
    }
    freeaddrinfo(a);
    return s;
}

/* False if nobody listens. */
static int ask_tcp(const char *host, const char *device)
{
    char seen[64] = "";
    struct sockaddr_in6 own = {0};
    socklen_t len = sizeof own;
    int s = open_to(SOCK_STREAM, host, device);
    if (s < 0)
        return 0;
    getsockname(s, (void *)&own, &len);
    if (read(s, seen, sizeof seen - 1) < 0)
        strcpy(seen, "nothing came");
    printf("tcp %s from %s seen %s\n", host, text((void *)&own), seen);
    close(s);
    return 1;
}

/* The answer may come from another address of the same host: the socket that asks is not
 * connected. */
static void ask_udp(const char *host, const char *device, int exchange)
{
    char seen[64] = "";
    struct sockaddr_in6 own = {0}, to = {0};
    socklen_t len = sizeof own, to_len = sizeof to;
    const struct timeval patience = {2, 0};
    int s = open_to(SOCK_DGRAM, host, device);
    if (s < 0)
        return;
    getsockname(s, (void *)&own, &len);
    getpeername(s, (void *)&to, &to_len);
    close(s);
    if (exchange) {
        s = socket(to.sin6_family, SOCK_DGRAM, 0);
        setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        if (device)
            setsockopt(s, SOL_SOCKET, SO_BINDTODEVICE, device, (socklen_t)strlen(device));
        if (sendto(s, "?", 1, 0, (void *)&to, to_len) != 1)
            perror(host);
        if (recv(s, seen, sizeof seen - 1, 0) < 0)
            strcpy(seen, "nothing came");
        close(s);
    }
    printf("udp %s from %s seen %s\n", host, text((void *)&own), seen);
}

static int compare(const void *a, const void *b)
{
    return strcmp(a, b);
}

static int names(int wait)
{
    static char line[64][128];
    struct ifaddrs *all, *a;
    int n = 0, s = socket(AF_INET, SOCK_DGRAM, 0);
    char c;
    if (wait) {
        int from = listener(SOCK_DGRAM);
        puts("ready");
        fflush(stdout);
        if (read(from, &c, 1) < 0)
            return 1;
    }
    if (getifaddrs(&all))
        return 1;
    for (a = all; a && n < 64; a = a->ifa_next) {
        struct ifreq r = {0};
        if (!a->ifa_addr || (a->ifa_flags & IFF_LOOPBACK))
            continue;
        int family = a->ifa_addr->sa_family;
        snprintf(r.ifr_name, sizeof r.ifr_name, "%s", a->ifa_name);
        if (family == AF_INET || family == AF_INET6) {
            unsigned bits = 0;
            const unsigned char *mask =
                family == AF_INET
                    ? (const void *)&((struct sockaddr_in *)(void *)a->ifa_netmask)->sin_addr
                    : (const void *)&((struct sockaddr_in6 *)(void *)a->ifa_netmask)->sin6_addr;
            for (unsigned i = 0; i < (family == AF_INET ? 4 : 16); i++)
                bits += (unsigned)__builtin_popcount(mask[i]);
            if (strncmp(text(a->ifa_addr), "fe80", 4) != 0)
                snprintf(line[n++], sizeof line[0], "%s %s/%u", a->ifa_name, text(a->ifa_addr),
                         bits);
        } else if (family == AF_PACKET && ioctl(s, SIOCGIFHWADDR, &r) == 0) {
            const unsigned char *m = (const void *)r.ifr_hwaddr.sa_data;
            snprintf(line[n++], sizeof line[0], "%s mac %02x:%02x:%02x:%02x:%02x:%02x", a->ifa_name,
                     m[0], m[1], m[2], m[3], m[4], m[5]);
        }
    }
    qsort(line, (size_t)n, sizeof line[0], compare);
    for (int i = 0; i < n; i++)
        puts(line[i]);
    return 0;
}

static int advertise(const char *device)
{
    struct {
        struct nd_router_advert ra;
        struct nd_opt_prefix_info prefix;
    } m = {0};
    struct sockaddr_in6 to = {.sin6_family = AF_INET6, .sin6_scope_id = if_nametoindex(device)};
    const int hops = 255;
    int s = socket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6);
    m.ra.nd_ra_type = ND_ROUTER_ADVERT;
    m.ra.nd_ra_router_lifetime = htons(1800);
    m.prefix.nd_opt_pi_type = ND_OPT_PREFIX_INFORMATION;
    m.prefix.nd_opt_pi_len = 4;
    m.prefix.nd_opt_pi_prefix_len = 64;
    m.prefix.nd_opt_pi_flags_reserved = ND_OPT_PI_FLAG_ONLINK | ND_OPT_PI_FLAG_AUTO;
    m.prefix.nd_opt_pi_valid_time = m.prefix.nd_opt_pi_preferred_time = htonl(7200);
    inet_pton(AF_INET6, "fd77::", &m.prefix.nd_opt_pi_prefix);
    inet_pton(AF_INET6, "ff02::1", &to.sin6_addr);
    setsockopt(s, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, &hops, sizeof hops);
    if (sendto(s, &m, sizeof m, 0, (void *)&to, sizeof to) != (ssize_t)sizeof m) {
        perror("advertise");
        return 1;
    }
    return 0;
}

int main(int c, char **v)
{
    int first = c > 2 && strcmp(v[1], "from") == 0 ? 3 : 2;
    if (c == 2 && strcmp(v[1], "answer") == 0)
        return answer();
    if (c >= 2 && strcmp(v[1], "names") == 0)
        return names(c > 2);
    if (c == 3 && strcmp(v[1], "advertise") == 0)
        return advertise(v[2]);
    if (c == 3 && strcmp(v[1], "end") == 0)
        return write(open_to(SOCK_DGRAM, v[2], NULL), "end", 3) != 3;
    if (c < 3 || (first == 2 && strcmp(v[1], "ask") != 0))
        return 2;
    for (int i = first; i < c; i++) {
        const char *device = first == 3 ? v[2] : NULL;
        ask_udp(v[i], device, ask_tcp(v[i], device));
    }
    return 0;
}
