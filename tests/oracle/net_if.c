/* What a program sees of its network interfaces when there is only lo: getifaddrs, if_nameindex and
 * their likes, ioctl requests, netlink requests good and absurd.
 *
 * pith-test: net=own
 */
#include "t.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>

static const char *text_of(const struct sockaddr *sa)
{
    static char text[3][64];
    static int turn;
    char *t = text[turn++ % 3];
    if (!sa)
        return "none";
    if (sa->sa_family == AF_INET)
        inet_ntop(AF_INET, &((const struct sockaddr_in *)sa)->sin_addr, t, 64);
    else if (sa->sa_family == AF_INET6)
        inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)sa)->sin6_addr, t, 64);
    else
        snprintf(t, 64, "family %d", sa->sa_family);
    return t;
}

static void libc(void)
{
    struct ifaddrs *list;
    char name[IF_NAMESIZE] = "";
    say("-- libc");
    R(getifaddrs(&list));
    for (struct ifaddrs *a = list; a; a = a->ifa_next) {
        say("%s flags %x: %s mask %s other %s", a->ifa_name, a->ifa_flags, text_of(a->ifa_addr),
            text_of(a->ifa_netmask), text_of(a->ifa_ifu.ifu_broadaddr));
    }
    freeifaddrs(list);
    struct if_nameindex *names = if_nameindex();
    for (struct if_nameindex *n = names; n && n->if_index; n++)
        say("%u %s", n->if_index, n->if_name);
    if_freenameindex(names);
    R(if_nametoindex("lo"));
    R(if_nametoindex("none"));
    R(if_nametoindex(""));
    P(if_indextoname(1, name));
    S(name);
    P(if_indextoname(77, name));
    P(if_indextoname(0, name));
}

static void one(int s, const char *what, unsigned long cmd, const char *name)
{
    struct ifreq r;
    memset(&r, 0, sizeof r);
    strcpy(r.ifr_name, name);
    if (ioctl(s, cmd, &r) < 0)
        say("%s \"%s\": %s", what, name, t_errno(errno));
    else if (cmd == SIOCGIFFLAGS)
        say("%s: flags %x", what, (unsigned short)r.ifr_flags);
    else if (cmd == SIOCGIFHWADDR)
        say("%s: hardware %d %02x", what, r.ifr_hwaddr.sa_family, r.ifr_hwaddr.sa_data[0]);
    else if (cmd == SIOCGIFADDR || cmd == SIOCGIFNETMASK || cmd == SIOCGIFBRDADDR ||
             cmd == SIOCGIFDSTADDR)
        say("%s: %s", what, text_of(&r.ifr_addr));
    else
        say("%s: %d %s", what, r.ifr_ifindex, r.ifr_name);
}

#define ONE(cmd, name) one(s, #cmd, cmd, name)
static void requests(int family)
{
    struct ifconf c;
    struct ifreq r[4];
    int s = socket(family, SOCK_DGRAM, 0);
    say("-- ioctl, family %d", family);
    ONE(SIOCGIFINDEX, "lo");
    ONE(SIOCGIFINDEX, "none");
    ONE(SIOCGIFINDEX, "");
    ONE(SIOCGIFFLAGS, "lo");
    ONE(SIOCGIFFLAGS, "nothing");
    ONE(SIOCGIFMTU, "lo");
    ONE(SIOCGIFMETRIC, "lo");
    ONE(SIOCGIFHWADDR, "lo");
    ONE(SIOCGIFHWADDR, "none");
    if (family == AF_INET) {
        ONE(SIOCGIFADDR, "lo");
        ONE(SIOCGIFNETMASK, "lo");
        ONE(SIOCGIFADDR, "none");
        memset(&c, 0, sizeof c);
        R(ioctl(s, SIOCGIFCONF, &c));
        say("room for %d", c.ifc_len / (int)sizeof *r);
        c.ifc_len = sizeof r;
        c.ifc_req = r;
        memset(r, 0, sizeof r);
        R(ioctl(s, SIOCGIFCONF, &c));
        say("%d: %s %s", c.ifc_len / (int)sizeof *r, r[0].ifr_name, text_of(&r[0].ifr_addr));
        c.ifc_len = sizeof *r - 1;
        R(ioctl(s, SIOCGIFCONF, &c));
        say("%d", c.ifc_len);
        R(ioctl(s, SIOCGIFCONF, t_wild));
    }
    memset(r, 0, sizeof r);
    r->ifr_ifindex = 1;
    R(ioctl(s, SIOCGIFNAME, r));
    S(r->ifr_name);
    r->ifr_ifindex = 99;
    R(ioctl(s, SIOCGIFNAME, r));
    R(ioctl(s, SIOCGIFINDEX, t_wild));
    R(ioctl(s, SIOCGIFINDEX, 0));
    R(ioctl(s, 0x8999, r));
    close(s);
}

/* ---- netlink ---- */

struct request {
    struct nlmsghdr h;
    union {
        struct rtgenmsg g;
        struct ifinfomsg link;
        struct ifaddrmsg addr;
        struct rtmsg route;
        char raw[200];
    };
};

static void attrs(struct nlmsghdr *h, unsigned body)
{
    struct rtattr *a = (void *)((char *)NLMSG_DATA(h) + NLMSG_ALIGN(body));
    int left = (int)(h->nlmsg_len - NLMSG_LENGTH(NLMSG_ALIGN(body)));
    for (; RTA_OK(a, left); a = RTA_NEXT(a, left)) {
        if (h->nlmsg_type == RTM_NEWLINK && a->rta_type == IFLA_IFNAME)
            say("    name %s", (char *)RTA_DATA(a));
        if (h->nlmsg_type == RTM_NEWLINK && a->rta_type == IFLA_MTU)
            say("    mtu %d", *(int *)RTA_DATA(a));
        if (h->nlmsg_type == RTM_NEWADDR &&
            (a->rta_type == IFA_ADDRESS || a->rta_type == IFA_LOCAL))
            say("    type %d, %d bytes", a->rta_type, (int)RTA_PAYLOAD(a));
        if (h->nlmsg_type == RTM_NEWADDR && a->rta_type == IFA_LABEL)
            say("    label %s", (char *)RTA_DATA(a));
    }
}

static void show(struct nlmsghdr *h, unsigned seq)
{
    if (h->nlmsg_seq != seq)
        say("  another sequence number");
    switch (h->nlmsg_type) {
    case NLMSG_DONE:
        say("  done %d", *(int *)NLMSG_DATA(h));
        break;
    case NLMSG_ERROR: {
        struct nlmsgerr *e = NLMSG_DATA(h);
        say("  error %s, about %d bytes of type %d", t_errno(-e->error), (int)e->msg.nlmsg_len,
            e->msg.nlmsg_type);
        break;
    }
    case RTM_NEWLINK: {
        struct ifinfomsg *i = NLMSG_DATA(h);
        say("  link %d type %d flags %x%s", i->ifi_index, i->ifi_type, i->ifi_flags,
            h->nlmsg_flags & NLM_F_MULTI ? " multi" : "");
        attrs(h, sizeof *i);
        break;
    }
    case RTM_NEWADDR: {
        struct ifaddrmsg *i = NLMSG_DATA(h);
        say("  address family %d /%d scope %d of %d%s", i->ifa_family, i->ifa_prefixlen,
            i->ifa_scope, i->ifa_index, h->nlmsg_flags & NLM_F_MULTI ? " multi" : "");
        attrs(h, sizeof *i);
        break;
    }
    default:
        say("  type %d", h->nlmsg_type);
    }
}

static void ask(int s, const char *what, struct request *q, unsigned body, int flags)
{
    static char buf[32768] __attribute__((aligned(8)));
    static unsigned seq;
    q->h.nlmsg_len = NLMSG_LENGTH(body);
    q->h.nlmsg_flags = flags;
    q->h.nlmsg_seq = ++seq;
    ssize_t n = send(s, q, q->h.nlmsg_len, 0);
    if (n < 0) {
        say("%s: %s", what, t_errno(errno));
        return;
    }
    say("%s", what);
    while ((n = recv(s, buf, sizeof buf, MSG_DONTWAIT)) > 0) {
        int len = (int)n;
        for (struct nlmsghdr *h = (void *)buf; NLMSG_OK(h, (unsigned)len); h = NLMSG_NEXT(h, len))
            show(h, seq);
    }
}

#define DUMP (NLM_F_REQUEST | NLM_F_DUMP)
static void netlink(void)
{
    struct sockaddr_nl a = {.nl_family = AF_NETLINK};
    struct request q;
    socklen_t len = sizeof a;
    say("-- netlink");
    R(socket(AF_NETLINK, SOCK_STREAM, NETLINK_ROUTE));
    R(socket(AF_NETLINK, SOCK_RAW, 77));
    int s = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    int t = socket(AF_NETLINK, SOCK_DGRAM, NETLINK_ROUTE);
    R(getsockname(s, (void *)&a, &len));
    say("%d %d %u %d", (int)len, a.nl_family, a.nl_pid, a.nl_groups);
    R(bind(s, (void *)&a, 4));
    a.nl_family = AF_INET;
    R(bind(s, (void *)&a, sizeof a));
    a.nl_family = AF_NETLINK;
    R(bind(s, (void *)&a, sizeof a));
    R(getsockname(s, (void *)&a, &len));
    say("mine: %d", a.nl_pid == (unsigned)getpid());
    R(bind(t, (void *)&a, sizeof a));
    a.nl_pid = 4711;
    R(bind(s, (void *)&a, sizeof a));
    R(bind(t, (void *)&a, sizeof a));
    R(connect(t, (void *)&a, 1));
    memset(&q, 0, sizeof q);
    q.h.nlmsg_type = RTM_GETLINK;
    ask(s, "links", &q, sizeof q.g, DUMP);
    ask(s, "links, long", &q, sizeof q.link, DUMP);
    ask(s, "links, short", &q, 0, DUMP);
    ask(s, "no request", &q, sizeof q.g, NLM_F_DUMP);
    ask(s, "no request, acknowledged", &q, sizeof q.g, NLM_F_ACK);
    q.h.nlmsg_type = RTM_GETADDR;
    ask(s, "addresses", &q, sizeof q.g, DUMP);
    q.g.rtgen_family = AF_INET;
    ask(s, "addresses of IPv4", &q, sizeof q.g, DUMP);
    q.g.rtgen_family = AF_INET6;
    ask(s, "addresses of IPv6", &q, sizeof q.addr, DUMP);
    memset(&q, 0, sizeof q);
    q.h.nlmsg_type = RTM_GETLINK;
    q.link.ifi_index = 1;
    ask(s, "link 1", &q, sizeof q.link, NLM_F_REQUEST);
    ask(s, "link 1, acknowledged", &q, sizeof q.link, NLM_F_REQUEST | NLM_F_ACK);
    q.link.ifi_index = 99;
    ask(s, "link 99", &q, sizeof q.link, NLM_F_REQUEST);
    q.link.ifi_index = 0;
    ask(s, "link 0", &q, sizeof q.link, NLM_F_REQUEST);
    struct rtattr *at = (void *)((char *)&q.link + sizeof q.link);
    at->rta_type = IFLA_IFNAME;
    at->rta_len = 4 + 3;
    strcpy(RTA_DATA(at), "lo");
    ask(s, "link lo", &q, sizeof q.link + 8, NLM_F_REQUEST);
    strcpy(RTA_DATA(at), "no");
    ask(s, "link no", &q, sizeof q.link + 8, NLM_F_REQUEST);
    memset(&q, 0, sizeof q);
    q.h.nlmsg_type = RTM_GETNEIGH;
    ask(s, "neighbours", &q, sizeof q.g, DUMP);
    q.h.nlmsg_type = 900;
    ask(s, "type 900", &q, sizeof q.g, NLM_F_REQUEST);
    q.h.nlmsg_type = NLMSG_NOOP;
    ask(s, "no operation", &q, sizeof q.g, NLM_F_REQUEST);
    ask(s, "no operation, acknowledged", &q, sizeof q.g, NLM_F_REQUEST | NLM_F_ACK);
    memset(&q, 0, sizeof q);
    R(send(s, &q, 3, 0));
    R(send(s, &q, sizeof q.h, 0));
    R(recv(s, &q, sizeof q, MSG_DONTWAIT));
    R(send(s, t_wild, 100, 0));
    R(send(s, &q, 10, MSG_OOB));
    R(listen(s, 1));
    R(shutdown(s, SHUT_RD));
    int v = 1;
    R(setsockopt(s, SOL_NETLINK, NETLINK_CAP_ACK, &v, sizeof v));
    R(setsockopt(s, SOL_NETLINK, NETLINK_EXT_ACK, &v, sizeof v));
    R(setsockopt(s, SOL_NETLINK, 99, &v, sizeof v));
    len = sizeof v;
    v = 9;
    R(getsockopt(s, SOL_NETLINK, NETLINK_CAP_ACK, &v, &len));
    V(v);
    R(getsockopt(s, SOL_NETLINK, 99, &v, &len));
    q.h.nlmsg_type = RTM_GETLINK;
    q.link.ifi_index = 99;
    ask(s, "link 99, short answer", &q, sizeof q.link, NLM_F_REQUEST);
    close(s), close(t);
}

int main(void)
{
    libc();
    requests(AF_INET);
    requests(AF_INET6);
    netlink();
    return 0;
}
