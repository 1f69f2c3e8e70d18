/* Which interface and gateway lead to an address: by the longest prefix among the networks of the
 * interfaces' addresses and the routes of the boot information; where two are as long, a network
 * comes before a route, a smaller metric before a larger one, an older interface before a younger
 * one. Prefixes of IPv6 addresses that the host gave are in the device's configuration (lwIP knows
 * none). Where this file knows no way, lwIP looks at what DHCP and router advertisements told it.
 */
#include "net/net_hooks.h"

#include "base/string.h"
#include "mem/alloc.h"
#include "net/virtio_net.h"

#include <lwip/netif.h>

static struct net_route *routes;

/* Are the first `bits` bits equal? */
static bool covers(const u8 *to, const u8 *addr, unsigned bits)
{
    unsigned bytes = bits / 8, rest = bits % 8;
    return !memcmp(to, addr, bytes) && (!rest || !((to[bytes] ^ addr[bytes]) >> (8 - rest) & 0xff));
}

static bool usable(const struct netif *n)
{
    return netif_is_up(n) && netif_is_link_up(n);
}

/* Further IPv4 addresses of a device are interfaces to lwIP; they have its state. */
static bool same(const struct netif *a, const struct netif *b)
{
    return a == b || (a->state && a->state == b->state);
}

/* The list is sorted, so the first that fits is the best. Only of `netif`, unless that is 0. */
static struct net_route *find(int family, const void *addr, const struct netif *netif)
{
    for (struct net_route *r = routes; r; r = r->next)
        if (r->route.family == family && covers(r->route.to, addr, r->route.prefix) &&
            (netif ? same(r->netif, netif) : usable(r->netif)))
            return r;
    return NULL;
}

static bool before(const struct pith_net_route *a, const struct pith_net_route *b)
{
    return a->prefix != b->prefix ? a->prefix > b->prefix : a->metric < b->metric;
}

int net_route_add(const struct pith_net_route *route, struct netif *netif)
{
    if (route->family != 4 && route->family != 6)
        return 0;
    struct net_route *r = mem_alloc(sizeof(*r)), **at = &routes;
    if (!r)
        return -ENOMEM;
    r->route = *route;
    r->netif = netif;
    if (route->family == 4)
        memcpy(&r->via.ip4, route->via, 4);
    else
        memcpy(r->via.ip6.addr, route->via, 16);
    if (route->family == 6)
        ip6_addr_assign_zone(&r->via.ip6, IP6_UNICAST, netif);
    while (*at && !before(route, &(*at)->route))
        at = &(*at)->next;
    r->next = *at;
    *at = r;
    return 0;
}

const struct net_route *net_route_first(void)
{
    return routes;
}

/* The interface with the smallest network that has the address in it, or 0. */
static struct netif *attached4(const ip4_addr_t *addr, const struct netif *of, unsigned *prefix)
{
    struct netif *best = NULL, *n;
    u32 longest = 0;
    NETIF_FOREACH(n) /* the oldest is last */
    {
        u32 mask = ip4_addr_cmp(addr, netif_ip4_addr(n)) ? ~0u /* its own address */
                                                         : lwip_ntohl(netif_ip4_netmask(n)->addr);
        if (mask >= longest && usable(n) && (!of || same(n, of)) &&
            !ip4_addr_isany_val(*netif_ip4_addr(n)) &&
            ip4_addr_netcmp(addr, netif_ip4_addr(n), netif_ip4_netmask(n))) {
            best = n;
            longest = mask;
        }
    }
    *prefix = 0;
    for (; longest; longest <<= 1)
        ++*prefix;
    return best;
}

struct netif *net_route4(const ip4_addr_t *dest)
{
    unsigned prefix;
    struct netif *n = attached4(dest, NULL, &prefix), *learnt = NULL;
    struct net_route *r = find(4, dest, NULL);
    if (n && (!r || prefix >= r->route.prefix))
        return n;
    if (r) { /* from the address that is in the gateway's network */
        n = r->route.on_link ? NULL : attached4(&r->via.ip4, r->netif, &prefix);
        return n ? n : r->netif;
    }
    NETIF_FOREACH(n)
    {
        if (usable(n) && !ip4_addr_isany_val(*netif_ip4_gw(n)))
            learnt = n;
    }
    return learnt;
}

const ip4_addr_t *net_gateway4(struct netif *netif, const ip4_addr_t *dest)
{
    unsigned prefix;
    struct net_route *r = find(4, dest, netif);
    if (attached4(dest, netif, &prefix) && (!r || prefix >= r->route.prefix))
        return dest;
    if (!r)
        return NULL;
    return r->route.on_link ? dest : &r->via.ip4;
}

/* The bits of the network of an interface's IPv6 address. Those that were learnt are as long as
 * autoconfiguration makes them. */
static unsigned prefix_of(const struct netif *n, int i)
{
    const struct virtio_net *dev = n->state;
    if (!dev)
        return 128;
    for (u32 k = 0; k < MIN(dev->config->naddrs, PITH_NET_ADDRS); k++) {
        const struct pith_net_addr *a = &dev->config->addrs[k];
        if (a->family == 6 && !memcmp(a->addr, netif_ip6_addr(n, i)->addr, 16))
            return MIN(a->prefix, 128);
    }
    return 64;
}

static struct netif *attached6(const ip6_addr_t *addr, const struct netif *of, unsigned *prefix)
{
    struct netif *best = NULL, *n;
    *prefix = 0;
    NETIF_FOREACH(n)
    {
        for (int i = 0; usable(n) && (!of || n == of) && i < LWIP_IPV6_NUM_ADDRESSES; i++) {
            const ip6_addr_t *own = netif_ip6_addr(n, i);
            if (!ip6_addr_isvalid(netif_ip6_addr_state(n, i)))
                continue;
            unsigned bits = !memcmp(own->addr, addr->addr, 16) ? 128 : prefix_of(n, i);
            if (bits >= *prefix && covers((const u8 *)own->addr, (const u8 *)addr->addr, bits)) {
                best = n;
                *prefix = bits;
            }
        }
    }
    return best;
}

struct netif *net_route6(const ip6_addr_t *dest)
{
    unsigned prefix;
    struct netif *n = attached6(dest, NULL, &prefix);
    struct net_route *r = find(6, dest, NULL);
    if (n && (!r || prefix >= r->route.prefix))
        return n;
    return r ? r->netif : NULL;
}

const ip6_addr_t *net_gateway6(struct netif *netif, const ip6_addr_t *dest)
{
    unsigned prefix;
    struct net_route *r = find(6, dest, netif);
    if (attached6(dest, netif, &prefix) && (!r || prefix >= r->route.prefix))
        return dest;
    if (!r)
        return NULL;
    return r->route.on_link ? dest : &r->via.ip6;
}

unsigned net_common6(const struct netif *n, int i, const ip6_addr_t *dest)
{
    unsigned most = prefix_of(n, i), bits = 0;
    const u8 *a = (const u8 *)netif_ip6_addr(n, i)->addr, *b = (const u8 *)dest->addr;
    while (bits < most && !((a[bits / 8] ^ b[bits / 8]) & 0x80 >> bits % 8))
        bits++;
    return bits;
}
