/* What /proc/net and /proc/sys/net tell of a network that is only lo, with a few sockets.
 *
 * pith-test: net=own
 */
#include "t.h"

#include <netinet/in.h>
#include <sys/socket.h>

/* The lines of a file, each cut off behind `width` bytes; only those with the word, if there is
 * one. */
static void show(const char *path, int width, const char *word)
{
    char line[400];
    FILE *f = fopen(path, "r");
    say("%s%s", path, f ? "" : ": none");
    while (f && fgets(line, sizeof line, f)) {
        line[strcspn(line, "\n")] = 0;
        if (!word || strstr(line, word))
            say("|%.*s", width, line);
    }
    if (f)
        fclose(f);
}

static int bound(int family, int type, int protocol, int port)
{
    struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons(port)};
    int s = socket(family, type, protocol);
    four.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    six.sin6_addr = in6addr_loopback;
    if (bind(s, family == AF_INET ? (void *)&four : &six,
             family == AF_INET ? sizeof four : sizeof six))
        say("bind: %s", t_errno(errno));
    return s;
}

int main(void)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(0x1234)};
    char buf[64];
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int u = bound(AF_INET, SOCK_DGRAM, 0, 0x1234), c = bound(AF_INET, SOCK_DGRAM, 0, 0x1235);
    bound(AF_INET6, SOCK_DGRAM, 0, 0x1236);
    socket(AF_INET, SOCK_DGRAM, 0); /* not bound: not shown */
    R(connect(c, (void *)&a, sizeof a));
    bound(AF_INET, SOCK_RAW, 253, 0);
    R(readlink("/proc/net", buf, sizeof buf));
    say("%.8s", buf);
    R(access("/proc/self/net/udp", R_OK));
    show("/proc/net/dev", 7, 0);
    show("/proc/net/route", 127, 0);
    show("/proc/net/if_inet6", 100, 0);
    show("/proc/net/arp", 80, 0);
    show("/proc/net/udp", 113, "  sl ");
    show("/proc/net/udp", 0, 0);
    /* From the local address on, up to the queues: the slot is a hash of Linux's own. */
    FILE *f = fopen("/proc/self/net/udp", "r");
    char line[400], seen[4][60];
    int n = 0;
    while (fgets(line, sizeof line, f) && n < 4)
        if (strstr(line, ":123"))
            snprintf(seen[n++], 60, "%.46s", strchr(line, ':') + 2);
    fclose(f);
    for (int i = n - 1; i >= 0; i--)
        if (strstr(seen[i], ":1234 00000000"))
            S(seen[i]);
    for (int i = n - 1; i >= 0; i--)
        if (strstr(seen[i], ":1235 "))
            S(seen[i]);
    show("/proc/net/udp6", 150, "  sl ");
    show("/proc/net/raw", 90, "  sl ");
    static const char *const settings[] = {"core/somaxconn",

                                           "ipv4/ip_local_port_range",
                                           "ipv4/ip_default_ttl",
                                           "ipv4/ip_unprivileged_port_start",
                                           "ipv4/ping_group_range",
                                           "ipv4/ip_nonlocal_bind",
                                           "ipv4/igmp_max_memberships",
                                           "ipv4/igmp_max_msf",
                                           "ipv6/bindv6only",
                                           "ipv6/conf/lo/disable_ipv6",
                                           "ipv4/nothing",
                                           "ipv6/conf/all/disable_ipv6"};
    for (unsigned i = 0; i < sizeof settings / sizeof *settings; i++) {
        char path[100];
        snprintf(path, sizeof path, "/proc/sys/net/%s", settings[i]);
        show(path, 60, 0);
    }
    close(u);
    return 0;
}
