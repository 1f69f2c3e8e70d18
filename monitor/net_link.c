/* What a link of the host has, asked by rtnetlink: index, MAC, MTU, addresses, routes. See net.h.
 *
 * One socket, one dump at a time. The kernel's own answers are trusted, their lengths are still
 * followed only inside what was received.
 */
#include <errno.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net.h"

/* The kernel puts no more than this into one answer (NLMSG_GOODSIZE and dumps' 32 KiB). */
static char answer[32768] __attribute__((aligned(8)));

struct request {
    struct nlmsghdr header;
    union {
        struct ifinfomsg link;
        struct ifaddrmsg address;
        struct rtmsg route;
    } u;
    char room[128];
};

typedef void answer_fn(const struct nlmsghdr *message, struct mon_link *link);

static int open_netlink(void)
{
    return socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
}

/* Sends a request and hands every message of the answer to `each`. 0 or -errno. */
static int ask(int fd, struct request *q, answer_fn *each, struct mon_link *link)
{
    if (send(fd, q, q->header.nlmsg_len, 0) < 0)
        return -errno;
    for (;;) {
        ssize_t n = recv(fd, answer, sizeof answer, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        unsigned left = (unsigned)n;
        for (const struct nlmsghdr *h = (const void *)answer; NLMSG_OK(h, left);
             h = NLMSG_NEXT(h, left)) {
            if (h->nlmsg_type == NLMSG_DONE)
                return 0;
            if (h->nlmsg_type == NLMSG_ERROR) /* or, with error 0, the acknowledgement */
                return ((const struct nlmsgerr *)NLMSG_DATA(h))->error;
            if (each)
                each(h, link);
            if (!(h->nlmsg_flags & NLM_F_MULTI) && !(q->header.nlmsg_flags & NLM_F_ACK))
                return 0;
        }
    }
}

static void take_link(const struct nlmsghdr *h, struct mon_link *link)
{
    const struct ifinfomsg *info = NLMSG_DATA(h);
    unsigned left = (unsigned)IFLA_PAYLOAD(h);
    if (h->nlmsg_type != RTM_NEWLINK || info->ifi_index != link->index)
        return;
    link->type = info->ifi_type;
    link->flags = info->ifi_flags;
    for (const struct rtattr *a = IFLA_RTA(info); RTA_OK(a, left); a = RTA_NEXT(a, left)) {
        if (a->rta_type == IFLA_ADDRESS && RTA_PAYLOAD(a) == sizeof link->mac)
            memcpy(link->mac, RTA_DATA(a), sizeof link->mac);
        if (a->rta_type == IFLA_MTU && RTA_PAYLOAD(a) == sizeof link->mtu)
            memcpy(&link->mtu, RTA_DATA(a), sizeof link->mtu);
    }
}

/* 4, 6, or 0 for a family that is not IP's. */
static uint8_t version(unsigned family)
{
    return family == AF_INET ? 4 : family == AF_INET6 ? 6 : 0;
}

static unsigned size_of(uint8_t family)
{
    return family == 4 ? 4 : 16;
}

/* An address the guest is to have, unless it is a duplicate of somebody else's; a link-local one it
 * makes from the MAC itself. */
static void take_address(const struct nlmsghdr *h, struct mon_link *link)
{
    const struct ifaddrmsg *info = NLMSG_DATA(h);
    unsigned left = (unsigned)IFA_PAYLOAD(h);
    struct pith_net_addr got = {.family = version(info->ifa_family), .prefix = info->ifa_prefixlen};
    const void *local = NULL, *address = NULL;
    if (h->nlmsg_type != RTM_NEWADDR || (int)info->ifa_index != link->index || got.family == 0)
        return;
    if (info->ifa_flags & IFA_F_DADFAILED)
        return;
    for (const struct rtattr *a = IFA_RTA(info); RTA_OK(a, left); a = RTA_NEXT(a, left)) {
        if (RTA_PAYLOAD(a) != size_of(got.family))
            continue;
        if (a->rta_type == IFA_LOCAL)
            local = RTA_DATA(a);
        if (a->rta_type == IFA_ADDRESS)
            address = RTA_DATA(a);
    }
    /* On a point-to-point link IFA_ADDRESS is the other end's. */
    const void *ours = local ? local : address;
    bool local_only = info->ifa_scope >= RT_SCOPE_LINK;
    if (!ours || (local_only ? link->nlocal : link->naddrs) == PITH_NET_ADDRS)
        return;
    memcpy(got.addr, ours, size_of(got.family));
    *(local_only ? &link->local[link->nlocal++] : &link->addrs[link->naddrs++]) = got;
}

/* A way of a route through our link: gateway in *via, if it has one. */
static bool way(const struct rtattr *attr, const struct mon_link *link, const void **via)
{
    unsigned left = (unsigned)RTA_PAYLOAD(attr);
    for (const struct rtnexthop *hop = RTA_DATA(attr); RTNH_OK(hop, (int)left);) {
        unsigned inner = hop->rtnh_len - (unsigned)sizeof *hop;
        if (hop->rtnh_ifindex == link->index) {
            for (const struct rtattr *a = RTNH_DATA(hop); RTA_OK(a, inner); a = RTA_NEXT(a, inner))
                if (a->rta_type == RTA_GATEWAY)
                    *via = RTA_DATA(a);
            return true;
        }
        left -= RTNH_ALIGN(hop->rtnh_len);
        hop = RTNH_NEXT(hop);
    }
    return false;
}

/* A unicast route of the main table; the ones the kernel made of addresses follow from these. */
static void take_route(const struct nlmsghdr *h, struct mon_link *link)
{
    const struct rtmsg *info = NLMSG_DATA(h);
    unsigned left = (unsigned)RTM_PAYLOAD(h);
    struct pith_net_route got = {.family = version(info->rtm_family), .prefix = info->rtm_dst_len};
    const void *to = NULL, *via = NULL;
    bool ours = false;
    if (h->nlmsg_type != RTM_NEWROUTE || got.family == 0 || info->rtm_type != RTN_UNICAST ||
        info->rtm_table != RT_TABLE_MAIN || info->rtm_protocol == RTPROT_KERNEL)
        return;
    for (const struct rtattr *a = RTM_RTA(info); RTA_OK(a, left); a = RTA_NEXT(a, left)) {
        int index;
        if (a->rta_type == RTA_OIF && RTA_PAYLOAD(a) == sizeof index) {
            memcpy(&index, RTA_DATA(a), sizeof index);
            ours |= index == link->index;
        }
        if (a->rta_type == RTA_MULTIPATH)
            ours |= way(a, link, &via);
        if (a->rta_type == RTA_PRIORITY && RTA_PAYLOAD(a) == sizeof got.metric)
            memcpy(&got.metric, RTA_DATA(a), sizeof got.metric);
        if (a->rta_type == RTA_DST && RTA_PAYLOAD(a) == size_of(got.family))
            to = RTA_DATA(a);
        if (a->rta_type == RTA_GATEWAY && RTA_PAYLOAD(a) == size_of(got.family))
            via = RTA_DATA(a);
    }
    if (!ours || link->nroutes == PITH_NET_ROUTES)
        return;
    if (to)
        memcpy(got.to, to, size_of(got.family));
    if (via)
        memcpy(got.via, via, size_of(got.family));
    got.on_link = via == NULL;
    link->routes[link->nroutes++] = got;
}

static int dump(int fd, unsigned short type, answer_fn *each, struct mon_link *link)
{
    struct request q = {.header = {.nlmsg_len = NLMSG_LENGTH(sizeof q.u),
                                   .nlmsg_type = type,
                                   .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP}};
    return ask(fd, &q, each, link);
}

int mon_link_read(const char *name, struct mon_link *link, struct host_error *err)
{
    *link = (struct mon_link){.index = (int)if_nametoindex(name)};
    if (link->index == 0)
        return host_fail(err, "there is no interface '%s'", name);
    int fd = open_netlink();
    int bad = fd < 0 ? -errno : 0;
    if (!bad)
        bad = dump(fd, RTM_GETLINK, take_link, link);
    if (!bad)
        bad = dump(fd, RTM_GETADDR, take_address, link);
    if (!bad)
        bad = dump(fd, RTM_GETROUTE, take_route, link);
    if (fd >= 0)
        close(fd);
    return bad ? host_fail(err, "%s: its addresses cannot be read: %s", name, strerror(-bad)) : 0;
}

/* Takes an address from the link. 0 or -errno. */
static int remove_address(int fd, const struct mon_link *link, const struct pith_net_addr *a)
{
    struct request q = {
        .header = {.nlmsg_type = RTM_DELADDR, .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK},
        .u.address = {.ifa_family = a->family == 4 ? AF_INET : AF_INET6,
                      .ifa_prefixlen = a->prefix,
                      .ifa_index = (unsigned)link->index}};
    struct rtattr *attr = (void *)((char *)&q + NLMSG_SPACE(sizeof q.u.address));
    attr->rta_type = IFA_LOCAL;
    attr->rta_len = (unsigned short)RTA_LENGTH(size_of(a->family));
    memcpy(RTA_DATA(attr), a->addr, size_of(a->family));
    q.header.nlmsg_len = NLMSG_SPACE(sizeof q.u.address) + RTA_SPACE(size_of(a->family));
    int bad = ask(fd, &q, NULL, NULL);
    /* Those that hang on another one have gone with it. */
    return bad == -EADDRNOTAVAIL ? 0 : bad;
}

int mon_link_clear(const struct mon_link *link, struct host_error *err)
{
    int fd = open_netlink(), bad = fd < 0 ? -errno : 0;
    for (unsigned i = 0; i < link->naddrs && !bad; i++)
        bad = remove_address(fd, link, &link->addrs[i]);
    for (unsigned i = 0; i < link->nlocal && !bad; i++)
        bad = remove_address(fd, link, &link->local[i]);
    if (fd >= 0)
        close(fd);
    return bad ? host_fail(err, "the interface's addresses cannot be taken from the host: %s",
                           strerror(-bad))
               : 0;
}
