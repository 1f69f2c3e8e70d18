/* Options of SOL_IPV6 (ipv6(7)), as inet_opt.c has those of SOL_IP. Extension headers are neither
 * sent nor shown: asking for them to be shown is allowed, none will come. */
#include <linux/in.h>
#include <linux/in6.h>

#include "base/string.h"
#include "net/inet_opt.h"

#define IPV6_MTU_MIN 1280 /* RFC 8200, 5 */

static const struct inet_flag flags6[] = {
    {IPV6_RECVPKTINFO, INET_RECVPKTINFO6},
    {IPV6_2292PKTINFO, INET_OLD_PKTINFO6},
    {IPV6_RECVHOPLIMIT, INET_RECVHOPS},
    {IPV6_2292HOPLIMIT, INET_OLD_HOPS},
    {IPV6_RECVTCLASS, INET_RECVTCLASS},
    {IPV6_RECVERR, INET_RECVERR6},
    {IPV6_RECVORIGDSTADDR, INET_RECVORIGDST6},
    {IPV6_RECVFRAGSIZE, INET_RECVFRAGSIZE6},
    {IPV6_RECVRTHDR, INET_RECVRTHDR},
    {IPV6_RECVHOPOPTS, INET_RECVHOPOPTS},
    {IPV6_RECVDSTOPTS, INET_RECVDSTOPTS},
    {IPV6_RECVPATHMTU, INET_RECVPATHMTU},
    {IPV6_FLOWINFO, INET_FLOWINFO6},
    {IPV6_FLOWINFO_SEND, INET_FLOWSEND},
    {IPV6_FREEBIND, INET_FREEBIND},
    {IPV6_MULTICAST_LOOP, INET_MC_LOOP6},
    {IPV6_MULTICAST_ALL, INET_MC_ALL6},
    {IPV6_DONTFRAG, INET_DONTFRAG6},
    {IPV6_AUTOFLOWLABEL, INET_AUTOFLOW},
    {0, 0},
};

static int set_v6only(struct inet_socket *is, int v)
{
    if (is->local_port)
        return -EINVAL;
    inet_flag_set(is, INET_V6ONLY, v);
    inet_any(is, &is->local);
    inet_any(is, &is->remote);
    return 0;
}

static int set_if(struct inet_socket *is, int name, int v)
{
    u32 index = name == IPV6_UNICAST_IF ? lwip_ntohl((u32)v) : (u32)v;
    if (name == IPV6_MULTICAST_IF && is->s.type == SOCK_STREAM)
        return -ENOPROTOOPT;
    if (index && (index > 255 || !netif_get_by_index((u8)index)))
        return name == IPV6_UNICAST_IF ? -EADDRNOTAVAIL : -ENODEV;
    if (index && is->s.bound_if && is->s.bound_if != index)
        return -EINVAL;
    *(name == IPV6_UNICAST_IF ? &is->opt.unicast_if : &is->opt.mc_if6) = index;
    return 0;
}

/* To become an AF_INET socket is possible on Linux for a connected one with a mapped peer. */
static int addrform(const struct inet_socket *is, int v)
{
    if (v != AF_INET)
        return -EINVAL;
    if (ip_addr_isany(&is->remote))
        return -ENOTCONN;
    return IP_IS_V4(&is->remote) ? -ENOPROTOOPT : -EADDRNOTAVAIL;
}

static int set_hops(struct inet_socket *is, int name, int v)
{
    if (name == IPV6_MULTICAST_HOPS && is->s.type == SOCK_STREAM)
        return -ENOPROTOOPT;
    if (v < -1 || v > 255)
        return -EINVAL;
    if (name == IPV6_MULTICAST_HOPS)
        is->opt.mc_hops = v == -1 ? 1 : (u8)v;
    else
        is->opt.hops = (int16_t)v;
    return 0;
}

static int set_flag(struct inet_socket *is, int name, u64 flag, int v)
{
    if (name == IPV6_MULTICAST_LOOP && v != 0 && v != 1)
        return -EINVAL;
    inet_flag_set(is, flag, v);
    return 0;
}

/* One whose value is an int; fewer bytes are -EINVAL. */
static int set_int(struct inet_socket *is, int name, int v)
{
    u64 flag = inet_flag_of(flags6, name);
    if (flag)
        return set_flag(is, name, flag, v);
    switch (name) {
    case IPV6_ADDRFORM:
        return addrform(is, v);
    case IPV6_V6ONLY:
        return set_v6only(is, v);
    case IPV6_UNICAST_HOPS:
    case IPV6_MULTICAST_HOPS:
        return set_hops(is, name, v);
    case IPV6_UNICAST_IF:
    case IPV6_MULTICAST_IF:
        return set_if(is, name, v);
    case IPV6_TCLASS:
        if (v < -1 || v > 255)
            return -EINVAL;
        v = v == -1 ? 0 : v;
        if (is->s.type == SOCK_STREAM) /* the lowest bits are ECN's, as with IP_TOS */
            v = (v & ~3) | (is->opt.tclass & 3);
        is->opt.tclass = (u8)v;
        return 0;
    case IPV6_MTU_DISCOVER:
        if (v < IPV6_PMTUDISC_DONT || v > IPV6_PMTUDISC_OMIT)
            return -EINVAL;
        is->opt.pmtu6 = (u8)v;
        return 0;
    case IPV6_MTU:
        if (v && v < IPV6_MTU_MIN)
            return -EINVAL;
        is->opt.frag6 = (u32)v;
        return 0;
    case IPV6_TRANSPARENT:
        if (v && !inet_privileged())
            return -EPERM;
        inet_flag_set(is, INET_TRANSPARENT, v);
        return 0;
    case IPV6_IPSEC_POLICY:
    case IPV6_XFRM_POLICY:
        return inet_privileged() ? -ENOPROTOOPT : -EPERM;
    default:
        return -ENOPROTOOPT;
    }
}

int inet_setopt6(struct inet_socket *is, int name, const void *val, unsigned len)
{
    int r = inet_setopt_group6(is, name, val, len);
    if (r != -ENOPROTOOPT)
        return r;
    int v = 0;
    if (len >= sizeof(v))
        memcpy(&v, val, sizeof(v));
    r = set_int(is, name, v);
    return r != -ENOPROTOOPT && name != IPV6_DONTFRAG && len < sizeof(v) ? -EINVAL : r;
}

static int mtu_of(const struct inet_socket *is)
{
    ip_addr_t dst = is->remote, src = is->local;
    struct netif *nif;
    if (!IP_IS_V6(&is->remote) || ip_addr_isany(&is->remote) ||
        inet_route(is, &dst, &src, is->s.bound_if, &nif) < 0)
        return -ENOTCONN;
    return (int)inet_mtu(nif, true);
}

int inet_getopt6(struct inet_socket *is, int name, void *val, unsigned *len)
{
    const struct inet_opt *o = &is->opt;
    u64 flag = inet_flag_of(flags6, name);
    int v;
    switch (name) {
    case IPV6_V6ONLY:
        v = (o->flags & INET_V6ONLY) != 0;
        break;
    case IPV6_UNICAST_HOPS:
        v = o->hops < 0 ? IP_DEFAULT_TTL : o->hops;
        break;
    case IPV6_MULTICAST_HOPS:
        v = o->mc_hops;
        break;
    case IPV6_UNICAST_IF:
        v = (int)lwip_htonl(o->unicast_if);
        break;
    case IPV6_MULTICAST_IF:
        v = (int)o->mc_if6;
        break;
    case IPV6_TCLASS:
        v = o->tclass;
        break;
    case IPV6_MTU_DISCOVER:
        v = o->pmtu6;
        break;
    case IPV6_TRANSPARENT:
        v = (o->flags & INET_TRANSPARENT) != 0;
        break;
    case IPV6_MTU:
        v = mtu_of(is);
        if (v < 0)
            return v;
        break;
    default:
        if (!flag)
            return -ENOPROTOOPT;
        v = (o->flags & flag) != 0;
    }
    *len = MIN(*len, (unsigned)sizeof(v));
    memcpy(val, &v, *len);
    return 0;
}
