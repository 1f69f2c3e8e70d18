/* rtnetlink(7) messages: a link, an address, a route, a neighbour, with the attributes that
 * programs look at. */
#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#include <lwip/etharp.h>
#include <lwip/nd6.h>
#include <lwip/priv/nd6_priv.h>

#include "base/string.h"
#include "net/ifview.h"
#include "net/linux.h"
#include "net/netlink.h"

#define ARPHRD_ETHER 1
#define ARPHRD_LOOPBACK 772
#define OPER_UNKNOWN 0 /* IF_OPER_*, RFC 2863 */
#define OPER_DOWN 2
#define OPER_UP 6
#define TXQLEN 1000
#define FOREVER 0xffffffffu

static void text(struct netlink_out *o, u16 type, const char *s)
{
    netlink_attr(o, type, s, (u32)str_len(s) + 1);
}

static void byte(struct netlink_out *o, u16 type, u8 v)
{
    netlink_attr(o, type, &v, 1);
}

static void statistics(struct netlink_out *o, const struct virtio_net *d)
{
    struct rtnl_link_stats64 s;
    memset(&s, 0, sizeof(s));
    s.rx_packets = d->rx_packets;
    s.rx_bytes = d->rx_bytes;
    s.rx_dropped = d->rx_dropped;
    s.rx_errors = d->rx_errors;
    s.tx_packets = d->tx_packets;
    s.tx_bytes = d->tx_bytes;
    s.tx_dropped = d->tx_dropped;
    netlink_attr(o, IFLA_STATS64, &s, sizeof(s));
}

void netlink_show_link(struct netlink_out *o, const struct if_view *v)
{
    static const u8 zero[6], ones[6] = {255, 255, 255, 255, 255, 255};
    bool up = v->flags & IFF_LOWER_UP;
    struct ifinfomsg *i = netlink_begin(o, RTM_NEWLINK, sizeof(*i));
    i->ifi_type = v->dev ? ARPHRD_ETHER : ARPHRD_LOOPBACK;
    i->ifi_index = (int)v->index;
    i->ifi_flags = v->flags;
    text(o, IFLA_IFNAME, v->name);
    netlink_attr_u32(o, IFLA_TXQLEN, TXQLEN);
    byte(o, IFLA_OPERSTATE, !v->dev ? OPER_UNKNOWN : up ? OPER_UP : OPER_DOWN);
    byte(o, IFLA_LINKMODE, 0);
    netlink_attr_u32(o, IFLA_MTU, v->mtu);
    netlink_attr_u32(o, IFLA_GROUP, 0);
    byte(o, IFLA_CARRIER, up);
    text(o, IFLA_QDISC, "noqueue");
    netlink_attr(o, IFLA_ADDRESS, v->dev ? v->nif->hwaddr : zero, 6);
    netlink_attr(o, IFLA_BROADCAST, v->dev ? ones : zero, 6);
    if (v->dev)
        statistics(o, v->dev);
    netlink_end(o);
}

void netlink_show_addr(struct netlink_out *o, const struct if_addr *a)
{
    bool four = a->family == AF_INET;
    struct ifa_cacheinfo c = {FOREVER, FOREVER, 0, 0};
    struct ifaddrmsg *i = netlink_begin(o, RTM_NEWADDR, sizeof(*i));
    i->ifa_family = a->family;
    i->ifa_prefixlen = a->prefix;
    i->ifa_flags = IFA_F_PERMANENT;
    i->ifa_scope = a->scope;
    i->ifa_index = a->of.index;
    netlink_attr(o, IFA_ADDRESS, a->addr, four ? 4 : 16);
    if (four) {
        netlink_attr(o, IFA_LOCAL, a->addr, 4);
        if (a->broadcast)
            netlink_attr_u32(o, IFA_BROADCAST, a->broadcast);
        text(o, IFA_LABEL, a->of.name);
    }
    netlink_attr_u32(o, IFA_FLAGS, IFA_F_PERMANENT);
    netlink_attr(o, IFA_CACHEINFO, &c, sizeof(c));
    netlink_end(o);
}

void netlink_show_route(struct netlink_out *o, const struct if_route *r)
{
    u32 n = r->family == AF_INET ? 4 : 16;
    struct rtmsg *i = netlink_begin(o, RTM_NEWROUTE, sizeof(*i));
    i->rtm_family = r->family;
    i->rtm_dst_len = r->prefix;
    i->rtm_table = RT_TABLE_MAIN;
    i->rtm_protocol = r->protocol;
    i->rtm_scope = r->scope;
    i->rtm_type = RTN_UNICAST;
    netlink_attr_u32(o, RTA_TABLE, RT_TABLE_MAIN);
    if (r->prefix)
        netlink_attr(o, RTA_DST, r->to, n);
    if (r->metric)
        netlink_attr_u32(o, RTA_PRIORITY, r->metric);
    if (r->has_src)
        netlink_attr(o, RTA_PREFSRC, r->src, n);
    if (r->has_via)
        netlink_attr(o, RTA_GATEWAY, r->via, n);
    netlink_attr_u32(o, RTA_OIF, r->index);
    netlink_end(o);
}

static void neighbour(struct netlink_out *o, u8 family, const void *ip, const struct netif *nif,
                      const void *mac, u16 state)
{
    struct ndmsg *i = netlink_begin(o, RTM_NEWNEIGH, sizeof(*i));
    i->ndm_family = family;
    i->ndm_ifindex = netif_get_index(nif);
    i->ndm_state = state;
    i->ndm_type = RTN_UNICAST;
    netlink_attr(o, NDA_DST, ip, family == AF_INET ? 4 : 16);
    if (mac)
        netlink_attr(o, NDA_LLADDR, mac, 6);
    netlink_end(o);
}

static void arp(struct netlink_out *o, u32 index)
{
    for (size_t n = 0; n < ARP_TABLE_SIZE; n++) {
        ip4_addr_t *ip;
        struct netif *nif;
        struct eth_addr *mac;
        if (etharp_get_entry(n, &ip, &nif, &mac) && (!index || netif_get_index(nif) == index))
            neighbour(o, AF_INET, ip, nif, mac, NUD_REACHABLE);
    }
}

void netlink_show_neighbours(struct netlink_out *o, u8 family, u32 index)
{
    if (family != AF_INET6)
        arp(o, index);
    for (unsigned n = 0; family != AF_INET && n < LWIP_ND6_NUM_NEIGHBORS; n++) {
        const struct nd6_neighbor_cache_entry *e = &neighbor_cache[n];
        if (e->state == ND6_NO_ENTRY || (index && netif_get_index(e->netif) != index))
            continue;
        bool known = e->state != ND6_INCOMPLETE;
        neighbour(o, AF_INET6, e->next_hop_address.addr, e->netif, known ? e->lladdr : 0,
                  e->state == ND6_REACHABLE ? NUD_REACHABLE
                  : e->state == ND6_STALE   ? NUD_STALE
                  : known                   ? NUD_DELAY
                                            : NUD_INCOMPLETE);
    }
}
