/* Interfaces, addresses and routes in one order for all who show them: see ifview.h. */
#include <linux/rtnetlink.h>

#include "base/host.h"
#include "base/string.h"
#include "net/ifview.h"
#include "net/inet.h"
#include "net/linux.h"

#define LO_MTU 65536u /* as Linux has it; lwIP's sizes end one below */
#define SLOTS 16u     /* addresses walked an interface of lwIP: one IPv4, then IPv6 */

bool if_view(u32 index, struct if_view *v)
{
    struct netif *nif = index && index < 256 ? netif_get_by_index((u8)index) : 0;
    if (!nif)
        return false;
    v->nif = nif;
    v->dev = 0;
    for (struct virtio_net *d = virtio_nets; d; d = d->next)
        if (nif->state == d) {
            v->dev = d;
            if (nif != &d->netif)
                return false; /* a further address */
        }
    v->index = index;
    v->name = net_ifname(nif);
    v->mtu = v->dev ? nif->mtu : LO_MTU;
    v->flags = v->dev ? IFF_BROADCAST | IFF_MULTICAST : IFF_LOOPBACK;
    if (netif_is_up(nif))
        v->flags |= IFF_UP;
    if (netif_is_link_up(nif))
        v->flags |= IFF_RUNNING | IFF_LOWER_UP;
    return true;
}

bool if_next(u32 index, struct if_view *v)
{
    for (; index < 256; index++)
        if (if_view(index, v))
            return true;
    return false;
}

bool if_view_named(const char *name, struct if_view *v)
{
    for (u32 i = 1; if_next(i, v); i = v->index + 1)
        if (!str_cmp(v->name, name))
            return true;
    return false;
}

/* The prefix that the host gave with an IPv6 address; lwIP keeps none and takes 64. */
static u8 prefix6(const struct if_view *v, const void *addr)
{
    const struct pith_net_config *c = v->dev ? v->dev->config : 0;
    for (u32 i = 0; c && i < MIN(c->naddrs, PITH_NET_ADDRS); i++)
        if (c->addrs[i].family == 6 && !memcmp(c->addrs[i].addr, addr, 16))
            return c->addrs[i].prefix;
    return v->dev ? 64 : 128;
}

static bool addr4(struct netif *nif, struct if_addr *a)
{
    u32 addr = netif_ip4_addr(nif)->addr, mask = netif_ip4_netmask(nif)->addr;
    if (!addr)
        return false;
    memcpy(a->addr, &addr, 4);
    for (u32 m = lwip_ntohl(mask); m; m <<= 1)
        a->prefix++;
    a->scope = a->of.dev ? RT_SCOPE_UNIVERSE : RT_SCOPE_HOST;
    a->broadcast = a->of.dev && a->prefix < 31 ? addr | ~mask : 0;
    return true;
}

static bool addr6(struct netif *nif, unsigned i, struct if_addr *a)
{
    if (i >= LWIP_IPV6_NUM_ADDRESSES || !ip6_addr_isvalid(netif_ip6_addr_state(nif, i)))
        return false;
    const ip6_addr_t *ip = netif_ip6_addr(nif, i);
    memcpy(a->addr, ip->addr, 16);
    a->prefix = prefix6(&a->of, ip->addr);
    a->scope = ip6_addr_isloopback(ip)    ? RT_SCOPE_HOST
               : ip6_addr_islinklocal(ip) ? RT_SCOPE_LINK
                                          : RT_SCOPE_UNIVERSE;
    return true;
}

u32 inet_if_index(const struct netif *nif)
{
    for (struct virtio_net *d = virtio_nets; d; d = d->next)
        if (nif->state == d)
            return netif_get_index(&d->netif);
    return netif_get_index(nif);
}

bool if_addr_next(u8 family, u32 *at, struct if_addr *a)
{
    for (u32 n = MAX(*at, SLOTS); n < 256 * SLOTS; n++) {
        struct netif *nif = netif_get_by_index((u8)(n / SLOTS));
        bool four = n % SLOTS == 0;
        if (!nif) {
            n |= SLOTS - 1;
            continue;
        }
        memset(a, 0, sizeof(*a));
        a->family = four ? AF_INET : AF_INET6;
        if (a->family != family || !if_view(inet_if_index(nif), &a->of))
            continue;
        if (four ? addr4(nif, a) : addr6(nif, n % SLOTS - 1, a)) {
            *at = n + 1;
            return true;
        }
    }
    *at = 256 * SLOTS;
    return false;
}

static void network_of(struct if_route *r, const u8 *addr)
{
    memcpy(r->to, addr, r->family == AF_INET ? 4 : 16);
    for (unsigned bit = r->prefix; bit < (r->family == AF_INET ? 32u : 128u); bit++)
        r->to[bit / 8] &= (u8) ~(0x80u >> bit % 8);
}

/* First the networks of the addresses, then the routes of the host, then gateways learnt. */
static bool by_address(u8 family, u32 *at, struct if_route *r)
{
    struct if_addr a;
    while (if_addr_next(family, at, &a)) {
        if (!a.of.dev && family == AF_INET) /* lo's is in no table but "local" */
            continue;
        r->prefix = a.prefix;
        r->scope = family == AF_INET ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE;
        r->protocol = RTPROT_KERNEL;
        r->index = a.of.index;
        r->metric = family == AF_INET ? 0 : 256;
        network_of(r, a.addr);
        r->has_src = family == AF_INET;
        memcpy(r->src, a.addr, 16);
        return true;
    }
    return false;
}

static bool of_host(u8 family, u32 n, struct if_route *r)
{
    const struct net_route *h = net_route_first();
    for (; h; h = h->next) {
        if ((h->route.family == 4) != (family == AF_INET) || n--)
            continue;
        r->prefix = h->route.prefix;
        r->scope = h->route.on_link && family == AF_INET ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE;
        r->protocol = RTPROT_BOOT;
        r->metric = h->route.metric;
        r->index = netif_get_index(h->netif);
        r->has_via = !h->route.on_link;
        memcpy(r->to, h->route.to, 16);
        memcpy(r->via, h->route.via, 16);
        return true;
    }
    return false;
}

static bool learnt(u8 family, u32 *index, struct if_route *r)
{
    struct if_view v;
    while (family == AF_INET && if_next(*index, &v)) {
        *index = v.index + 1;
        if (!v.dev || ip4_addr_isany_val(*netif_ip4_gw(v.nif)))
            continue;
        r->protocol = RTPROT_DHCP;
        r->index = v.index;
        r->has_via = true;
        memcpy(r->via, netif_ip4_gw(v.nif), 4);
        return true;
    }
    return false;
}

#define HOST_ROUTES 0x10000u
#define LEARNT 0x20000u
bool if_route_next(u8 family, u32 *at, struct if_route *r)
{
    memset(r, 0, sizeof(*r));
    r->family = family;
    if (*at < HOST_ROUTES) {
        if (by_address(family, at, r))
            return true;
        *at = HOST_ROUTES;
    }
    if (*at < LEARNT) {
        if (of_host(family, (*at)++ - HOST_ROUTES, r))
            return true;
        *at = LEARNT;
    }
    u32 index = *at - LEARNT;
    bool found = learnt(family, &index, r);
    *at = LEARNT + index;
    return found;
}
