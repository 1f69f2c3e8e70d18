/* Requests of NETLINK_ROUTE: dumps of links, addresses, routes and neighbours, one link by number
 * or name, the route to one address. Changing is -EPERM for all but root and -EOPNOTSUPP for root.
 */
#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#include "base/string.h"
#include "net/ifview.h"
#include "net/inet.h"
#include "net/net_hooks.h"
#include "net/netlink.h"

#define KIND(type) (((type)-RTM_BASE) & 3) /* rtnetlink's kinds: 0 new, 1 del, 2 get, 3 set */
#define KIND_GET 2

/* The body of the request as a T that is zeroed where it is short. */
#define BODY(T, var, h, len)                                                                       \
    T var;                                                                                         \
    memset(&var, 0, sizeof(var));                                                                  \
    memcpy(&var, (h) + 1, MIN((size_t)(len) - sizeof(*(h)), sizeof(var)))

/* The attribute of this type behind a body of `body` bytes: its data, *n bytes; or 0. */
static const void *attribute(const struct nlmsghdr *h, u32 len, u32 body, u16 type, u32 *n)
{
    u32 at = NLMSG_SPACE(body);
    while (at + sizeof(struct rtattr) <= len) {
        const struct rtattr *a = (const void *)((const u8 *)h + at);
        u32 size = a->rta_len;
        if (size < sizeof(*a) || size > len - at)
            return 0;
        if ((a->rta_type & NLA_TYPE_MASK) == type) {
            *n = size - (u32)sizeof(*a);
            return a + 1;
        }
        at += NLMSG_ALIGN(size);
    }
    return 0;
}

static void dump_links(struct netlink_out *o)
{
    struct if_view v;
    for (u32 i = 1; if_next(i, &v); i = v.index + 1)
        netlink_show_link(o, &v);
}

static void dump_addrs(struct netlink_out *o, u8 family, u32 index)
{
    struct if_addr a;
    u32 at = 0;
    while (if_addr_next(family, &at, &a))
        if (!index || a.of.index == index)
            netlink_show_addr(o, &a);
}

static void dump_routes(struct netlink_out *o, u8 family)
{
    struct if_route r;
    u32 at = 0;
    while (if_route_next(family, &at, &r))
        netlink_show_route(o, &r);
}

/* 0, or -EOPNOTSUPP for what there is no list of. Family 0 means both. */
static int dump(struct netlink_out *o, const struct nlmsghdr *h, u32 len)
{
    BODY(struct ifaddrmsg, a, h, len); /* the family is the first byte of every body */
    BODY(struct ndmsg, n, h, len);
    u8 family = a.ifa_family;
    bool both = family != AF_INET && family != AF_INET6, strict = len >= NLMSG_LENGTH(sizeof(a));
    switch (h->nlmsg_type) {
    case RTM_GETLINK:
        dump_links(o);
        return 0;
    case RTM_GETADDR:
        if (both || family == AF_INET)
            dump_addrs(o, AF_INET, strict ? a.ifa_index : 0);
        if (both || family == AF_INET6)
            dump_addrs(o, AF_INET6, strict ? a.ifa_index : 0);
        return 0;
    case RTM_GETROUTE:
        if (both || family == AF_INET)
            dump_routes(o, AF_INET);
        if (both || family == AF_INET6)
            dump_routes(o, AF_INET6);
        return 0;
    case RTM_GETNEIGH:
        netlink_show_neighbours(o, both ? 0 : family,
                                len >= NLMSG_LENGTH(sizeof(n)) ? (u32)n.ndm_ifindex : 0);
        return 0;
    default:
        return -EOPNOTSUPP;
    }
}

static int one_link(struct netlink_out *o, const struct nlmsghdr *h, u32 len)
{
    BODY(struct ifinfomsg, i, h, len);
    struct if_view v;
    char name[16];
    u32 n;
    if (i.ifi_index > 0) {
        if (!if_view((u32)i.ifi_index, &v))
            return -ENODEV;
    } else {
        const char *given = attribute(h, len, sizeof(i), IFLA_IFNAME, &n);
        if (!given)
            return -EINVAL;
        n = MIN(n, (u32)sizeof(name) - 1);
        memcpy(name, given, n);
        name[n] = 0;
        if (!if_view_named(name, &v))
            return -ENODEV;
    }
    netlink_show_link(o, &v);
    return 0;
}

static void put_route(struct netlink_out *o, u8 family, const ip_addr_t *dst, const ip_addr_t *src,
                      const struct netif *nif)
{
    bool local = inet_kind(dst) == INET_LOCAL;
    u32 n = family == AF_INET ? 4 : 16;
    const ip4_addr_t *via4 = IP_IS_V4(dst) && !local && nif->state
                                 ? net_gateway4((struct netif *)nif, ip_2_ip4(dst))
                                 : 0;
    struct rtmsg *m = netlink_begin(o, RTM_NEWROUTE, sizeof(*m));
    m->rtm_family = family;
    m->rtm_dst_len = (u8)(n * 8);
    m->rtm_table = local ? RT_TABLE_LOCAL : RT_TABLE_MAIN;
    m->rtm_type = local ? RTN_LOCAL : RTN_UNICAST;
    m->rtm_flags = RTM_F_CLONED;
    netlink_attr_u32(o, RTA_TABLE, m->rtm_table);
    netlink_attr(o, RTA_DST, family == AF_INET ? (const void *)ip_2_ip4(dst) : ip_2_ip6(dst)->addr,
                 n);
    netlink_attr_u32(o, RTA_OIF, local && family == AF_INET ? 1u : inet_if_index(nif));
    netlink_attr(o, RTA_PREFSRC,
                 family == AF_INET ? (const void *)ip_2_ip4(src) : ip_2_ip6(src)->addr, n);
    if (via4 && !ip4_addr_cmp(via4, ip_2_ip4(dst)))
        netlink_attr(o, RTA_GATEWAY, via4, 4);
    netlink_end(o);
}

static int one_route(struct netlink_out *o, const struct nlmsghdr *h, u32 len)
{
    BODY(struct rtmsg, m, h, len);
    bool four = m.rtm_family == AF_INET;
    struct inet_socket nobody = {.s = {.family = m.rtm_family}};
    ip_addr_t dst, src;
    struct netif *nif;
    u32 n = 0;
    if (!four && m.rtm_family != AF_INET6)
        return -EOPNOTSUPP;
    const void *to = attribute(h, len, sizeof(m), RTA_DST, &n);
    ip_addr_set_any_val(!four, dst);
    ip_addr_set_any_val(!four, src);
    if (to && n >= (four ? 4u : 16u)) {
        if (four)
            memcpy(ip_2_ip4(&dst), to, 4);
        else
            memcpy(ip_2_ip6(&dst)->addr, to, 16);
    }
    int r = inet_route(&nobody, &dst, &src, 0, &nif);
    if (r < 0)
        return r;
    put_route(o, m.rtm_family, &dst, &src, nif);
    return 0;
}

int netlink_route(struct netlink_out *o, const struct nlmsghdr *h, u32 len, bool *dumped)
{
    if (h->nlmsg_type > RTM_MAX || h->nlmsg_type < RTM_BASE)
        return -EOPNOTSUPP;
    if (len < NLMSG_LENGTH(sizeof(struct rtgenmsg)))
        return 0;
    if (KIND(h->nlmsg_type) != KIND_GET)
        return inet_privileged() ? -EOPNOTSUPP : -EPERM;
    if ((h->nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP) {
        o->flags = NLM_F_MULTI;
        int r = dump(o, h, len);
        *dumped = r == 0;
        return r;
    }
    if (h->nlmsg_type == RTM_GETLINK)
        return one_link(o, h, len);
    if (h->nlmsg_type == RTM_GETROUTE)
        return one_route(o, h, len);
    return -EOPNOTSUPP;
}
