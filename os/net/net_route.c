/* Routes: those of the boot information, by the longest prefix and then the smallest metric. What
 * an interface reaches by its own addresses lwIP knows before it asks here, and routes learnt by
 * DHCP or router advertisement are lwIP's own. */
#include "net/net_hooks.h"

#include "base/string.h"
#include "mem/alloc.h"
#include "net/net.h"

#include <lwip/netif.h>

static struct net_route *routes;

/* Are the first `bits` bits equal? */
static bool covers(const u8 *to, const u8 *addr, unsigned bits)
{
    unsigned bytes = bits / 8, rest = bits % 8;
    return !memcmp(to, addr, bytes) && (!rest || !((to[bytes] ^ addr[bytes]) >> (8 - rest) & 0xff));
}

/* The list is sorted, so the first that fits is the best. */
static struct net_route *find(int family, const void *addr, const struct netif *netif)
{
    for (struct net_route *r = routes; r; r = r->next)
        if (r->route.family == family && covers(r->route.to, addr, r->route.prefix) &&
            (!netif || r->netif == netif))
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

struct netif *net_route4(const ip4_addr_t *dest)
{
    struct net_route *r = find(4, dest, NULL);
    return r && netif_is_up(r->netif) ? r->netif : NULL;
}

struct netif *net_route6(const ip6_addr_t *dest)
{
    struct net_route *r;
    /* Loopback and interfaces' own networks come first, as for IPv4. */
    struct netif *n;
    NETIF_FOREACH(n)
    {
        for (int i = 0; i < LWIP_IPV6_NUM_ADDRESSES; i++)
            if (ip6_addr_isvalid(netif_ip6_addr_state(n, i)) &&
                ip6_addr_nethostcmp(dest, netif_ip6_addr(n, i)) &&
                ip6_addr_netcmp(dest, netif_ip6_addr(n, i)))
                return n;
    }
    NETIF_FOREACH(n)
    {
        for (int i = 0; i < LWIP_IPV6_NUM_ADDRESSES; i++)
            if (ip6_addr_isvalid(netif_ip6_addr_state(n, i)) && netif_ip6_addr_isstatic(n, i) &&
                ip6_addr_netcmp(dest, netif_ip6_addr(n, i)))
                return n;
    }
    r = find(6, dest, NULL);
    return r && netif_is_up(r->netif) ? r->netif : NULL;
}

const ip4_addr_t *net_gateway4(struct netif *netif, const ip4_addr_t *dest)
{
    struct net_route *r = find(4, dest, netif);
    if (!r)
        return NULL;
    return r->route.on_link ? dest : &r->via.ip4;
}

const ip6_addr_t *net_gateway6(struct netif *netif, const ip6_addr_t *dest)
{
    struct net_route *r = find(6, dest, netif);
    if (!r)
        return NULL;
    return r->route.on_link ? dest : &r->via.ip6;
}
