/* Addresses of AF_INET and AF_INET6: between the program's sockaddr and lwIP's, and what one is to
 * this machine. */
#include <linux/in.h>
#include <linux/in6.h>

#include <lwip/ip4.h>
#include <lwip/ip6.h>

#include "base/host.h"
#include "base/string.h"
#include "net/inet.h"
#include "net/net_hooks.h"
#include "vfs/cred.h"

#define SIN6_RFC2133 24u /* a sockaddr_in6 without its scope, which Linux takes too */
#define LO_MTU 65536u    /* as Linux has it; lwIP's sizes end one below */
#define PORT_LOW 32768u  /* net.ipv4.ip_local_port_range */
#define PORT_COUNT (60999u - PORT_LOW + 1)

bool inet_privileged(void)
{
    return cred_uid() == 0;
}

static bool is_lo(const struct netif *nif)
{
    return nif->name[0] == 'l' && nif->name[1] == 'o';
}

void inet_any(const struct inet_socket *is, ip_addr_t *out)
{
    if (is->s.family == AF_INET)
        ip_addr_set_any_val(false, *out);
    else if (is->opt.flags & INET_V6ONLY)
        ip_addr_set_any_val(true, *out);
    else
        *out = *IP_ANY_TYPE;
}

void inet_init(struct inet_socket *is)
{
    is->opt.ttl = is->opt.hops = -1;
    is->opt.mc_ttl = is->opt.mc_hops = 1;
    is->opt.pmtu4 = is->opt.pmtu6 = IP_PMTUDISC_WANT;
    is->opt.flags = INET_MC_LOOP | INET_MC_LOOP6 | INET_MC_ALL6;
    if (is->s.family == AF_INET) /* an AF_INET6 socket hears IPv4 groups that it has joined */
        is->opt.flags |= INET_MC_ALL;
    inet_any(is, &is->local);
    inet_any(is, &is->remote);
}

static void from_in6(const struct inet_socket *is, const struct sockaddr_in6 *sin6, u32 scope,
                     ip_addr_t *ip, bool *zone_missing)
{
    ip6_addr_t six;
    memcpy(six.addr, &sin6->sin6_addr, sizeof(six.addr));
    ip6_addr_clear_zone(&six);
    if (ip6_addr_isipv4mappedipv6(&six)) {
        ip_addr_set_ip4_u32_val(*ip, six.addr[3]);
        return;
    }
    if (ip6_addr_has_scope(&six, IP6_UNKNOWN)) {
        u32 zone = is->s.bound_if ? is->s.bound_if : scope;
        if (!zone && ip6_addr_ismulticast(&six))
            zone = is->opt.mc_if6;
        if (zone && zone < 255)
            ip6_addr_set_zone(&six, (u8)zone);
        else if (zone_missing)
            *zone_missing = true;
    }
    ip_addr_copy_from_ip6(*ip, six);
}

int inet_name_get(const struct inet_socket *is, const void *name, unsigned len, ip_addr_t *ip,
                  u16 *port, bool *zone_missing)
{
    const struct sockaddr_in *sin = name;
    if (zone_missing)
        *zone_missing = false;
    if (is->s.family == AF_INET) {
        if (len < sizeof(*sin))
            return -EINVAL;
        if (sin->sin_family != AF_INET)
            return -EAFNOSUPPORT;
        ip_addr_set_ip4_u32_val(*ip, sin->sin_addr.s_addr);
        *port = lwip_ntohs(sin->sin_port);
        return 0;
    }
    const struct sockaddr_in6 *sin6 = name;
    if (len < SIN6_RFC2133)
        return -EINVAL;
    if (sin6->sin6_family != AF_INET6)
        return -EAFNOSUPPORT;
    from_in6(is, sin6, len >= sizeof(*sin6) ? sin6->sin6_scope_id : 0, ip, zone_missing);
    *port = lwip_ntohs(sin6->sin6_port);
    return 0;
}

int inet_name_put(const struct inet_socket *is, void *name, const ip_addr_t *ip, u16 port)
{
    if (is->s.family == AF_INET) {
        struct sockaddr_in *sin = name;
        memset(sin, 0, sizeof(*sin));
        sin->sin_family = AF_INET;
        sin->sin_port = lwip_htons(port);
        sin->sin_addr.s_addr = ip4_addr_get_u32(ip_2_ip4(ip));
        return sizeof(*sin);
    }
    struct sockaddr_in6 *sin6 = name;
    memset(sin6, 0, sizeof(*sin6));
    sin6->sin6_family = AF_INET6;
    sin6->sin6_port = lwip_htons(port);
    if (IP_IS_V4(ip)) {
        u32 words[4] = {0, 0, PP_HTONL(0xffff), ip4_addr_get_u32(ip_2_ip4(ip))};
        memcpy(&sin6->sin6_addr, words, sizeof(words));
    } else {
        memcpy(&sin6->sin6_addr, ip_2_ip6(ip)->addr, 16);
        if (ip6_addr_islinklocal(ip_2_ip6(ip)) || ip6_addr_ismulticast_linklocal(ip_2_ip6(ip)))
            sin6->sin6_scope_id = ip6_addr_zone(ip_2_ip6(ip));
    }
    return sizeof(*sin6);
}

int inet_getname(struct socket *s, void *name, bool peer)
{
    const struct inet_socket *is = inet_socket_of(s);
    if (peer && !is->remote_port)
        return -ENOTCONN;
    return peer ? inet_name_put(is, name, &is->remote, is->remote_port)
                : inet_name_put(is, name, &is->local, is->local_port);
}

static enum inet_kind kind4(const ip4_addr_t *a)
{
    struct netif *nif;
    if (ip4_addr_isany_val(*a))
        return INET_ANY;
    if (ip4_addr_ismulticast(a))
        return INET_MULTICAST;
    if (a->addr == IPADDR_BROADCAST || a->addr == PP_HTONL(0x7fffffffu))
        return INET_BROADCAST;
    if (ip4_addr_isloopback(a))
        return INET_LOCAL;
    NETIF_FOREACH(nif)
    {
        if (!netif_is_up(nif) || ip4_addr_isany_val(*netif_ip4_addr(nif)))
            continue;
        if (ip4_addr_cmp(a, netif_ip4_addr(nif)))
            return INET_LOCAL;
        if (ip4_addr_isbroadcast(a, nif))
            return INET_BROADCAST;
    }
    return INET_FOREIGN;
}

static enum inet_kind kind6(const ip6_addr_t *a)
{
    struct netif *nif;
    if (ip6_addr_isany(a))
        return INET_ANY;
    if (ip6_addr_ismulticast(a))
        return INET_MULTICAST;
    NETIF_FOREACH(nif)
    {
        for (int i = 0; i < LWIP_IPV6_NUM_ADDRESSES; i++)
            if (netif_is_up(nif) && ip6_addr_isvalid(netif_ip6_addr_state(nif, i)) &&
                ip6_addr_cmp_zoneless(a, netif_ip6_addr(nif, i)) &&
                (!ip6_addr_has_zone(a) || ip6_addr_test_zone(a, nif)))
                return INET_LOCAL;
    }
    return INET_FOREIGN;
}

enum inet_kind inet_kind(const ip_addr_t *ip)
{
    return IP_IS_V4(ip) ? kind4(ip_2_ip4(ip)) : kind6(ip_2_ip6(ip));
}

bool inet_addrs_meet(const ip_addr_t *a, const ip_addr_t *b)
{
    bool a_both = IP_IS_ANY_TYPE_VAL(*a), b_both = IP_IS_ANY_TYPE_VAL(*b);
    if (a_both || b_both)
        return true;
    return IP_GET_TYPE(a) == IP_GET_TYPE(b) &&
           (ip_addr_isany(a) || ip_addr_isany(b) || ip_addr_cmp(a, b));
}

/* bind to AF_UNSPEC is bind to the any-address, for old programs' sake. */
static int bind_name(const struct inet_socket *is, const void *name, unsigned len, ip_addr_t *ip,
                     u16 *port)
{
    struct sockaddr_in sin;
    if (is->s.family == AF_INET && len >= sizeof(sin)) {
        memcpy(&sin, name, sizeof(sin));
        if (sin.sin_family == AF_UNSPEC && sin.sin_addr.s_addr == 0)
            sin.sin_family = AF_INET;
        return inet_name_get(is, &sin, sizeof(sin), ip, port, 0);
    }
    bool zone_missing;
    int r = inet_name_get(is, name, len, ip, port, &zone_missing);
    return r < 0 ? r : zone_missing && !IP_IS_V4(ip) && ip6_addr_islinklocal(ip_2_ip6(ip)) ? 1 : 0;
}

int inet_bind_check(const struct inet_socket *is, const void *name, unsigned len, bool groups,
                    ip_addr_t *ip, u16 *port)
{
    bool six = is->s.family == AF_INET6;
    int r = bind_name(is, name, len, ip, port);
    if (r < 0)
        return r;
    enum inet_kind kind = inet_kind(ip);
    if (six && kind == INET_MULTICAST && !groups && !IP_IS_V4(ip))
        return -EINVAL;
    if (six && (is->local_port || r || (IP_IS_V4(ip) && is->opt.flags & INET_V6ONLY)))
        return -EINVAL;
    if (kind == INET_FOREIGN && !(is->opt.flags & (INET_FREEBIND | INET_TRANSPARENT)))
        return -EADDRNOTAVAIL;
    if (is->local_port)
        return -EINVAL;
    if (kind == INET_ANY && !IP_IS_V4(ip))
        inet_any(is, ip);
    return 0;
}

static struct netif *interface_of(const ip_addr_t *local)
{
    struct netif *nif;
    NETIF_FOREACH(nif)
    {
        if (IP_IS_V6(local) ? netif_get_ip6_addr_match(nif, ip_2_ip6(local)) >= 0
                            : ip4_addr_cmp(ip_2_ip4(local), netif_ip4_addr(nif)))
            return nif;
    }
    NETIF_FOREACH(nif)
    {
        if (is_lo(nif) && IP_IS_V4(local) && ip4_addr_isloopback(ip_2_ip4(local)))
            return nif;
    }
    return 0;
}

static int source4(ip4_addr_t *src, const ip4_addr_t *dst, struct netif *nif, bool to_self)
{
    if (!ip4_addr_isany_val(*src))
        return ip4_addr_isloopback(src) && !is_lo(nif) && !to_self ? -EINVAL : 0;
    *src = to_self && !ip4_addr_isloopback(dst) ? *dst : *netif_ip4_addr(nif);
    return ip4_addr_isany_val(*src) && !is_lo(nif) && dst->addr != IPADDR_BROADCAST ? -ENETUNREACH
                                                                                    : 0;
}

static int source6(ip_addr_t *src, const ip_addr_t *dst, struct netif *nif, bool to_self)
{
    if (!ip6_addr_isany(ip_2_ip6(src)))
        return 0;
    const ip_addr_t *best = to_self ? dst : ip6_select_source_address(nif, ip_2_ip6(dst));
    if (!best)
        return -EADDRNOTAVAIL;
    *src = *best;
    return 0;
}

/* lwIP sends by its default interface even where no gateway leads on. */
static bool astray(const ip4_addr_t *dst, struct netif *nif)
{
    return !is_lo(nif) && ip4_addr_isany_val(*netif_ip4_gw(nif)) &&
           !ip4_addr_netcmp(dst, netif_ip4_addr(nif), netif_ip4_netmask(nif)) &&
           !net_gateway4(nif, dst);
}

/* Not the broadcast address of whatever network there may be. */
static bool dst_is_of_a_network(const ip_addr_t *dst)
{
    return !IP_IS_V4(dst) || ip_2_ip4(dst)->addr != IPADDR_BROADCAST;
}

int inet_route(const struct inet_socket *is, ip_addr_t *dst, ip_addr_t *src, u32 bound,
               struct netif **nif)
{
    if (IP_IS_ANY_TYPE_VAL(*src) || (ip_addr_isany(src) && IP_GET_TYPE(src) != IP_GET_TYPE(dst)))
        ip_addr_set_any_val(IP_IS_V6_VAL(*dst), *src);
    if (IP_GET_TYPE(src) != IP_GET_TYPE(dst))
        return IP_IS_V4(src) ? -ENETUNREACH : -EINVAL;
    if (ip_addr_isany(dst))
        ip_addr_set_loopback_val(IP_IS_V6_VAL(*dst), *dst);
    enum inet_kind kind = inet_kind(dst);
    if (!ip_addr_isany(src) && inet_kind(src) != INET_LOCAL &&
        !(is->opt.flags & (INET_FREEBIND | INET_TRANSPARENT)))
        return IP_IS_V4(src) ? -ENETUNREACH : -EINVAL;
    if (!bound && kind == INET_MULTICAST)
        bound = IP_IS_V4(dst) ? is->opt.mc_if4 : is->opt.mc_if6;
    if (kind == INET_LOCAL)
        *nif = interface_of(dst);
    else if (bound)
        *nif = netif_get_by_index((u8)MIN(bound, 255u));
    else if (IP_IS_V4(dst))
        *nif = ip4_route(ip_2_ip4(dst));
    else
        *nif = ip6_route(ip_2_ip6(src), ip_2_ip6(dst));
    if (!*nif || !netif_is_up(*nif))
        return -ENETUNREACH;
    if (kind == INET_FOREIGN && IP_IS_V4(dst) && astray(ip_2_ip4(dst), *nif))
        return -ENETUNREACH;
    /* What is not ours does not lie behind lo, unless it was asked for by name. */
    bool near = kind == INET_LOCAL || (kind == INET_BROADCAST && dst_is_of_a_network(dst));
    if (is_lo(*nif) && !near && (!bound || IP_IS_V6(dst)))
        return -ENETUNREACH;
    if (IP_IS_V6(dst)) {
        ip6_addr_assign_zone(ip_2_ip6(dst), IP6_UNKNOWN, *nif);
        return source6(src, dst, *nif, kind == INET_LOCAL);
    }
    if (kind == INET_MULTICAST && ip4_addr_isany_val(*ip_2_ip4(src)) && is->opt.mc_addr.addr)
        ip4_addr_copy(*ip_2_ip4(src), is->opt.mc_addr);
    return source4(ip_2_ip4(src), ip_2_ip4(dst), *nif, kind == INET_LOCAL);
}

u32 inet_mtu(const struct netif *nif, bool six)
{
    if (is_lo(nif))
        return LO_MTU;
    return six && netif_mtu6(nif) ? netif_mtu6(nif) : nif->mtu;
}

int inet_errno(err_t e)
{
    static const u8 map[] = {
        [-ERR_MEM] = ENOBUFS,       [-ERR_BUF] = ENOBUFS,         [-ERR_TIMEOUT] = ETIMEDOUT,
        [-ERR_RTE] = ENETUNREACH,   [-ERR_INPROGRESS] = EALREADY, [-ERR_VAL] = EINVAL,
        [-ERR_WOULDBLOCK] = EAGAIN, [-ERR_USE] = EADDRINUSE,      [-ERR_ALREADY] = EALREADY,
        [-ERR_ISCONN] = EISCONN,    [-ERR_CONN] = ENOTCONN,       [-ERR_IF] = ENETDOWN,
        [-ERR_ABRT] = ECONNABORTED, [-ERR_RST] = ECONNRESET,      [-ERR_CLSD] = ENOTCONN,
        [-ERR_ARG] = EINVAL,
    };
    return e >= 0 ? 0 : -(int)map[MIN((unsigned)-e, sizeof(map) - 1)];
}

u16 inet_ephemeral(u32 *state)
{
    if (!*state)
        *state = (net_rand() % PORT_COUNT) << 16 | 1;
    u32 n = ((*state >> 16) + (*state & 0xffff)) % PORT_COUNT;
    ++*state;
    return (u16)(PORT_LOW + n);
}

void inet_listening(int protocol, const ip_addr_t *local, u16 port)
{
    struct netif *nif;
    bool inside = IP_IS_V6(local)   ? ip6_addr_isloopback(ip_2_ip6(local))
                  : IP_IS_V4(local) ? ip4_addr_isloopback(ip_2_ip4(local))
                                    : false;
    bool outside = false;
    NETIF_FOREACH(nif)
    {
        outside |= !is_lo(nif);
    }
    host_call(PITH_HC_LISTENING, protocol, port, outside && !inside, 0);
}
