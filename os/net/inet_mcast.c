/* Multicast groups of a socket: joining, leaving, sources (RFC 3376 as ip(7) shows it), and where
 * multicasts leave. Which packets a socket gets is decided here; the interface is told only which
 * groups somebody has joined (IGMPv2 and MLDv1, lwIP's).
 */
#include <linux/in.h>
#include <linux/in6.h>

#include <lwip/igmp.h>
#include <lwip/ip4.h>
#include <lwip/ip6.h>
#include <lwip/mld6.h>

#include "base/string.h"
#include "mem/alloc.h"
#include "net/inet_opt.h"

#define GROUPS_MAX 20  /* net.ipv4.igmp_max_memberships */
#define SOURCES_MAX 10 /* net.ipv4.igmp_max_msf */

struct inet_group {
    struct inet_group *next;
    ip_addr_t addr;
    u8 index;     /* of the interface */
    bool include; /* only the sources below, else all but these */
    u16 nsources;
    ip_addr_t *sources; /* SOURCES_MAX */
};

static err_t tell(const struct inet_group *g, bool join)
{
    struct netif *nif = netif_get_by_index(g->index);
    if (!nif)
        return ERR_VAL;
    if (IP_IS_V4(&g->addr))
        return join ? igmp_joingroup_netif(nif, ip_2_ip4(&g->addr))
                    : igmp_leavegroup_netif(nif, ip_2_ip4(&g->addr));
    return join ? mld6_joingroup_netif(nif, ip_2_ip6(&g->addr))
                : mld6_leavegroup_netif(nif, ip_2_ip6(&g->addr));
}

/* index 0: on any interface. */
static struct inet_group **find(struct inet_opt *o, const ip_addr_t *addr, u32 index)
{
    struct inet_group **g = &o->groups;
    while (*g && !(ip_addr_cmp_zoneless(&(*g)->addr, addr) && (!index || (*g)->index == index)))
        g = &(*g)->next;
    return g;
}

static int join(struct inet_socket *is, const ip_addr_t *addr, u32 index, bool include)
{
    unsigned n = 0;
    if (!ip_addr_ismulticast(addr))
        return -EINVAL;
    if (!index)
        return -ENODEV;
    for (const struct inet_group *g = is->opt.groups; g; g = g->next) {
        if (ip_addr_cmp_zoneless(&g->addr, addr) && g->index == index)
            return -EADDRINUSE;
        n += IP_IS_V4(&g->addr);
    }
    if (IP_IS_V4(addr) && n >= GROUPS_MAX)
        return -ENOBUFS;
    struct inet_group *g = mem_alloc(sizeof(*g));
    if (!g)
        return -ENOBUFS;
    g->addr = *addr;
    g->index = (u8)index;
    g->include = include;
    if (IP_IS_V6(addr))
        ip6_addr_assign_zone(ip_2_ip6(&g->addr), IP6_MULTICAST, netif_get_by_index(g->index));
    err_t e = tell(g, true);
    if (e != ERR_OK) {
        mem_free(g);
        return e == ERR_MEM ? -ENOBUFS : -ENODEV;
    }
    g->next = is->opt.groups;
    is->opt.groups = g;
    return 0;
}

static void drop(struct inet_group **at)
{
    struct inet_group *g = *at;
    *at = g->next;
    tell(g, false);
    mem_free(g->sources);
    mem_free(g);
}

static int leave(struct inet_socket *is, const ip_addr_t *addr, u32 index)
{
    struct inet_group **g = find(&is->opt, addr, index);
    if (!*g)
        return -EADDRNOTAVAIL;
    drop(g);
    return 0;
}

void inet_opt_release(struct inet_socket *is)
{
    while (is->opt.groups)
        drop(&is->opt.groups);
}

static int source_of(const struct inet_group *g, const ip_addr_t *src)
{
    for (int i = 0; i < g->nsources; i++)
        if (ip_addr_cmp_zoneless(&g->sources[i], src))
            return i;
    return -1;
}

/* Adds a source to what is let in (include) or kept out, or takes it from there. */
static int source(struct inet_socket *is, const ip_addr_t *addr, u32 index, const ip_addr_t *src,
                  bool include, bool add)
{
    struct inet_group **at = find(&is->opt, addr, index), *g = *at;
    if (!ip_addr_ismulticast(addr) || !g)
        return -EINVAL;
    if (g->include != include) {
        if (g->nsources)
            return -EINVAL;
        g->include = include;
    }
    int i = source_of(g, src);
    if (add != (i < 0))
        return -EADDRNOTAVAIL;
    if (!add) {
        g->sources[i] = g->sources[--g->nsources];
        if (include && !g->nsources) /* nothing is let in any more */
            drop(at);
        return 0;
    }
    if (!g->sources)
        g->sources = mem_alloc(SOURCES_MAX * sizeof(*g->sources));
    if (!g->sources || g->nsources == SOURCES_MAX)
        return -ENOBUFS;
    g->sources[g->nsources++] = *src;
    return 0;
}

bool inet_group_wanted(const struct inet_socket *is, const ip_addr_t *dst, const ip_addr_t *src,
                       const struct netif *nif)
{
    u32 index = inet_if_index(nif);
    for (const struct inet_group *g = is->opt.groups; g; g = g->next)
        if (g->index == index && ip_addr_cmp_zoneless(&g->addr, dst))
            return (source_of(g, src) >= 0) == g->include;
    return is->opt.flags & (IP_IS_V4(dst) ? INET_MC_ALL : INET_MC_ALL6);
}

/* ---- what the program says ---- */

static u32 index_of(struct netif *nif)
{
    return nif ? inet_if_index(nif) : 0;
}

static struct netif *with_address(u32 addr)
{
    struct netif *nif;
    NETIF_FOREACH(nif)
    {
        if (netif_ip4_addr(nif)->addr == addr)
            return nif;
    }
    return 0;
}

/* The interface for a group: by number, else by an address of it, else by route; 0: none. */
static u32 choose4(u32 group, u32 addr, u32 index)
{
    ip4_addr_t g = {group};
    if (index)
        return index < 256 ? index_of(netif_get_by_index((u8)index)) : 0;
    if (addr)
        return index_of(with_address(addr));
    struct netif *nif = ip4_route(&g);
    return nif && nif->name[0] == 'l' && nif->name[1] == 'o' ? 0 : index_of(nif);
}

static int membership4(struct inet_socket *is, const void *val, unsigned len, bool joins)
{
    struct ip_mreqn m = {{0}, {0}, 0};
    ip_addr_t group;
    if (len < sizeof(struct ip_mreq))
        return -EINVAL;
    memcpy(&m, val,
           MIN(len, (unsigned)sizeof(m)) == sizeof(m) ? sizeof(m) : sizeof(struct ip_mreq));
    ip_addr_set_ip4_u32_val(group, m.imr_multiaddr.s_addr);
    u32 index = choose4(m.imr_multiaddr.s_addr, m.imr_address.s_addr, (u32)m.imr_ifindex);
    if (joins)
        return join(is, &group, index, false);
    if (!index && !m.imr_ifindex && m.imr_address.s_addr)
        return -ENODEV;
    return leave(is, &group, index);
}

static int source4(struct inet_socket *is, int name, const void *val, unsigned len)
{
    struct ip_mreq_source m;
    ip_addr_t group, src;
    if (len != sizeof(m))
        return -EINVAL;
    memcpy(&m, val, sizeof(m));
    ip_addr_set_ip4_u32_val(group, m.imr_multiaddr);
    ip_addr_set_ip4_u32_val(src, m.imr_sourceaddr);
    u32 index = choose4(m.imr_multiaddr, m.imr_interface, 0);
    if (!index)
        return -ENODEV;
    if (name == IP_ADD_SOURCE_MEMBERSHIP) {
        int r = join(is, &group, index, true);
        if (r < 0 && r != -EADDRINUSE)
            return r;
    }
    bool include = name == IP_ADD_SOURCE_MEMBERSHIP || name == IP_DROP_SOURCE_MEMBERSHIP;
    return source(is, &group, index, &src, include,
                  name == IP_ADD_SOURCE_MEMBERSHIP || name == IP_BLOCK_SOURCE);
}

/* The protocol-independent ones of RFC 3678: struct group_req, struct group_source_req. */
static int address_of(const struct inet_socket *is, const void *storage, ip_addr_t *out)
{
    u16 family, port;
    struct inet_socket any = {.s = {.family = is->s.family}};
    memcpy(&family, storage, sizeof(family));
    if (family != is->s.family)
        return -EADDRNOTAVAIL;
    return inet_name_get(&any, storage, SOCK_NAME_MAX, out, &port, 0);
}

static int group_request(struct inet_socket *is, int name, const void *val, unsigned len)
{
    bool sources = name != MCAST_JOIN_GROUP && name != MCAST_LEAVE_GROUP;
    ip_addr_t group = *IP4_ADDR_ANY, src = *IP4_ADDR_ANY;
    u32 index;
    if (len < (sources ? sizeof(struct group_source_req) : sizeof(struct group_req)))
        return -EINVAL;
    memcpy(&index, val, sizeof(index));
    const struct group_source_req *q = val;
    int r = address_of(is, &q->gsr_group, &group);
    if (r == 0 && sources)
        r = address_of(is, &q->gsr_source, &src);
    if (r < 0)
        return r;
    index = IP_IS_V4(&group) ? choose4(ip_2_ip4(&group)->addr, 0, index)
            : index < 256    ? index_of(netif_get_by_index((u8)index))
                             : 0;
    switch (name) {
    case MCAST_JOIN_GROUP:
        return join(is, &group, index, false);
    case MCAST_LEAVE_GROUP:
        return leave(is, &group, index);
    case MCAST_JOIN_SOURCE_GROUP:
        r = join(is, &group, index, true);
        return r < 0 && r != -EADDRINUSE ? r : source(is, &group, index, &src, true, true);
    case MCAST_LEAVE_SOURCE_GROUP:
        return source(is, &group, index, &src, true, false);
    default:
        return source(is, &group, index, &src, false, name == MCAST_BLOCK_SOURCE);
    }
}

static int interface4(struct inet_socket *is, const void *val, unsigned len)
{
    struct ip_mreqn m = {{0}, {0}, 0};
    if (is->s.type == SOCK_STREAM || len < sizeof(struct in_addr))
        return -EINVAL;
    if (len >= sizeof(m))
        memcpy(&m, val, sizeof(m));
    else if (len >= sizeof(struct ip_mreq))
        memcpy(&m, val, sizeof(struct ip_mreq));
    else
        memcpy(&m.imr_address, val, sizeof(struct in_addr));
    if (!m.imr_ifindex && !m.imr_address.s_addr) {
        is->opt.mc_if4 = 0;
        is->opt.mc_addr.addr = 0;
        return 0;
    }
    struct netif *nif =
        m.imr_ifindex
            ? (m.imr_ifindex > 0 && m.imr_ifindex < 256 ? netif_get_by_index((u8)m.imr_ifindex) : 0)
            : with_address(m.imr_address.s_addr);
    if (!nif)
        return -EADDRNOTAVAIL;
    if (is->s.bound_if && is->s.bound_if != inet_if_index(nif))
        return -EINVAL;
    is->opt.mc_if4 = inet_if_index(nif);
    is->opt.mc_addr.addr = m.imr_address.s_addr;
    return 0;
}

int inet_setopt_group4(struct inet_socket *is, int name, const void *val, unsigned len)
{
    bool stream = is->s.type == SOCK_STREAM;
    switch (name) {
    case IP_MULTICAST_IF:
        return interface4(is, val, len);
    case IP_ADD_MEMBERSHIP:
    case IP_DROP_MEMBERSHIP:
        return stream ? -EPROTO : membership4(is, val, len, name == IP_ADD_MEMBERSHIP);
    case IP_ADD_SOURCE_MEMBERSHIP:
    case IP_DROP_SOURCE_MEMBERSHIP:
    case IP_BLOCK_SOURCE:
    case IP_UNBLOCK_SOURCE:
        return source4(is, name, val, len);
    case MCAST_JOIN_GROUP:
    case MCAST_LEAVE_GROUP:
        if (stream)
            return -EPROTO;
        return group_request(is, name, val, len);
    case MCAST_JOIN_SOURCE_GROUP:
    case MCAST_LEAVE_SOURCE_GROUP:
    case MCAST_BLOCK_SOURCE:
    case MCAST_UNBLOCK_SOURCE:
        return group_request(is, name, val, len);
    default:
        return -ENOPROTOOPT;
    }
}

static int membership6(struct inet_socket *is, const void *val, unsigned len, bool joins)
{
    struct ipv6_mreq m;
    ip_addr_t group;
    ip6_addr_t six;
    if (len < sizeof(m))
        return -EINVAL;
    if (is->s.type == SOCK_STREAM)
        return -EPROTO;
    memcpy(&m, val, sizeof(m));
    memcpy(six.addr, &m.ipv6mr_multiaddr, sizeof(six.addr));
    ip6_addr_clear_zone(&six);
    ip_addr_copy_from_ip6(group, six);
    u32 index = (u32)m.ipv6mr_ifindex;
    if (!joins)
        return leave(is, &group, index);
    if (index)
        index = index < 256 ? index_of(netif_get_by_index((u8)index)) : 0;
    else
        index = index_of(netif_default ? netif_default : netif_list);
    return join(is, &group, index, false);
}

int inet_setopt_group6(struct inet_socket *is, int name, const void *val, unsigned len)
{
    switch (name) {
    case IPV6_ADD_MEMBERSHIP:
    case IPV6_DROP_MEMBERSHIP:
        return membership6(is, val, len, name == IPV6_ADD_MEMBERSHIP);
    case MCAST_JOIN_GROUP:
    case MCAST_LEAVE_GROUP:
    case MCAST_JOIN_SOURCE_GROUP:
    case MCAST_LEAVE_SOURCE_GROUP:
    case MCAST_BLOCK_SOURCE:
    case MCAST_UNBLOCK_SOURCE:
        if (is->s.type == SOCK_STREAM)
            return -EPROTO;
        return group_request(is, name, val, len);
    default:
        return -ENOPROTOOPT;
    }
}
