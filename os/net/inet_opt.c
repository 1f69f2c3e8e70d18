/* Options of SOL_IP (ip(7)): checks in Linux's order, and values kept in struct inet_opt. What only
 * a router, a firewall or IPsec means is -ENOPROTOOPT. */
#include <asm/socket.h>
#include <linux/in.h>

#include "base/string.h"
#include "net/inet_opt.h"

#define OPTIONS_MAX 40u /* bytes of IP options in a header (RFC 791, 3.1) */

/* Options that are a flag and nothing else. */
static const struct inet_flag flags4[] = {
    {IP_PKTINFO, INET_PKTINFO},
    {IP_RECVTTL, INET_RECVTTL},
    {IP_RECVTOS, INET_RECVTOS},
    {IP_RECVOPTS, INET_RECVOPTS},
    {IP_RETOPTS, INET_RETOPTS},
    {IP_RECVERR, INET_RECVERR},
    {IP_RECVORIGDSTADDR, INET_RECVORIGDST},
    {IP_CHECKSUM, INET_CHECKSUM},
    {IP_RECVFRAGSIZE, INET_RECVFRAGSIZE},
    {IP_FREEBIND, INET_FREEBIND},
    {IP_BIND_ADDRESS_NO_PORT, INET_BIND_NO_PORT},
    {IP_MULTICAST_LOOP, INET_MC_LOOP},
    {IP_MULTICAST_ALL, INET_MC_ALL},
    {0, 0},
};

u64 inet_flag_of(const struct inet_flag *f, int name)
{
    for (; f->flag; f++)
        if (f->name == name)
            return f->flag;
    return 0;
}

void inet_flag_set(struct inet_socket *is, u64 flag, int on)
{
    is->opt.flags = on ? is->opt.flags | flag : is->opt.flags & ~flag;
}

int inet_opt_int(const void *val, unsigned len)
{
    int v = 0;
    if (len >= sizeof(v))
        memcpy(&v, val, sizeof(v));
    else if (len)
        v = *(const u8 *)val;
    return v;
}

static int set_flag(struct inet_socket *is, int name, u64 flag, int v, unsigned len)
{
    if ((name == IP_FREEBIND || name == IP_MULTICAST_LOOP || name == IP_MULTICAST_ALL) && !len)
        return -EINVAL;
    if (name == IP_MULTICAST_ALL && v != 0 && v != 1)
        return -EINVAL;
    if (name == IP_RECVFRAGSIZE && is->s.type != SOCK_RAW && is->s.type != SOCK_DGRAM)
        return -EINVAL;
    inet_flag_set(is, flag, v);
    return 0;
}

static int set_tos(struct inet_socket *is, int v)
{
    if (is->s.type == SOCK_STREAM) /* the lowest bits are the protocol's: ECN (RFC 3168) */
        v = (v & ~3) | (is->opt.tos & 3);
    is->opt.tos = (u8)v;
    return 0;
}

static int set_unicast_if(struct inet_socket *is, const void *val, unsigned len)
{
    if (len != sizeof(u32))
        return -EINVAL;
    u32 index = lwip_ntohl((u32)inet_opt_int(val, len));
    if (index && (index > 255 || !netif_get_by_index((u8)index)))
        return -EADDRNOTAVAIL;
    if (index && is->s.bound_if && is->s.bound_if != index)
        return -EINVAL;
    is->opt.unicast_if = index;
    return 0;
}

int inet_setopt4(struct inet_socket *is, int name, const void *val, unsigned len)
{
    int v = inet_opt_int(val, len);
    bool raw = is->s.type == SOCK_RAW;
    u64 flag = inet_flag_of(flags4, name);
    if (flag)
        return set_flag(is, name, flag, v, len);
    switch (name) {
    case IP_TOS:
        return set_tos(is, v);
    case IP_TTL:
        if (!len || (v != -1 && (v < 1 || v > 255)))
            return -EINVAL;
        is->opt.ttl = (int16_t)v;
        return 0;
    case IP_HDRINCL:
        if (!raw)
            return -ENOPROTOOPT;
        inet_flag_set(is, INET_HDRINCL, v);
        return 0;
    case IP_NODEFRAG:
        if (!raw)
            return -ENOPROTOOPT;
        inet_flag_set(is, INET_NODEFRAG, v);
        return 0;
    case IP_MTU_DISCOVER:
        if (v < IP_PMTUDISC_DONT || v > IP_PMTUDISC_OMIT)
            return -EINVAL;
        is->opt.pmtu4 = (u8)v;
        return 0;
    case IP_MULTICAST_TTL:
        if (is->s.type == SOCK_STREAM || !len || v < -1 || v > 255)
            return -EINVAL;
        is->opt.mc_ttl = v == -1 ? 1 : (u8)v;
        return 0;
    case IP_UNICAST_IF:
        return set_unicast_if(is, val, len);
    case IP_TRANSPARENT:
        if (v && !inet_privileged())
            return -EPERM;
        if (!len)
            return -EINVAL;
        inet_flag_set(is, INET_TRANSPARENT, v);
        return 0;
    case IP_OPTIONS: /* none is the only list of options that can be had */
        return len > OPTIONS_MAX ? -EINVAL : len ? -ENOPROTOOPT : 0;
    case IP_ROUTER_ALERT:
        return raw ? -ENOPROTOOPT : -EINVAL;
    case IP_IPSEC_POLICY:
    case IP_XFRM_POLICY:
        return inet_privileged() ? -ENOPROTOOPT : -EPERM;
    default:
        return inet_setopt_group4(is, name, val, len);
    }
}

static int mtu_of(const struct inet_socket *is)
{
    ip_addr_t dst = is->remote, src = is->local;
    struct netif *nif;
    if (ip_addr_isany(&is->remote) || inet_route(is, &dst, &src, is->s.bound_if, &nif) < 0)
        return -ENOTCONN;
    return (int)inet_mtu(nif, IP_IS_V6(&dst));
}

/* A small value fits into one byte if the program has no room for more. */
int inet_opt_put(void *val, unsigned *len, int v)
{
    if (*len < sizeof(v) && *len > 0 && v >= 0 && v <= 255) {
        *(u8 *)val = (u8)v;
        *len = 1;
        return 0;
    }
    *len = MIN(*len, (unsigned)sizeof(v));
    memcpy(val, &v, *len);
    return 0;
}

int inet_getopt4(struct inet_socket *is, int name, void *val, unsigned *len)
{
    const struct inet_opt *o = &is->opt;
    u64 flag = inet_flag_of(flags4, name);
    int v;
    if (flag)
        return inet_opt_put(val, len, (o->flags & flag) != 0);
    switch (name) {
    case IP_TOS:
        v = o->tos;
        break;
    case IP_TTL:
        v = o->ttl < 0 ? IP_DEFAULT_TTL : o->ttl;
        break;
    case IP_HDRINCL:
    case IP_NODEFRAG:
        v = (o->flags & (name == IP_HDRINCL ? INET_HDRINCL : INET_NODEFRAG)) != 0;
        break;
    case IP_MTU_DISCOVER:
        v = o->pmtu4;
        break;
    case IP_MTU:
        v = mtu_of(is);
        if (v < 0)
            return v;
        break;
    case IP_MULTICAST_TTL:
        v = o->mc_ttl;
        break;
    case IP_UNICAST_IF:
        v = (int)lwip_htonl(o->unicast_if);
        break;
    case IP_TRANSPARENT:
        v = (o->flags & INET_TRANSPARENT) != 0;
        break;
    case IP_MULTICAST_IF:
        *len = MIN(*len, (unsigned)sizeof(o->mc_addr));
        memcpy(val, &o->mc_addr, *len);
        return 0;
    case IP_OPTIONS:
        *len = 0;
        return 0;
    default:
        return -ENOPROTOOPT;
    }
    return inet_opt_put(val, len, v);
}

int inet_setopt(struct inet_socket *is, int level, int name, const void *val, unsigned len)
{
    if (level == SOL_IP)
        return inet_setopt4(is, name, val, len);
    if (level == SOL_IPV6 && is->s.family == AF_INET6)
        return inet_setopt6(is, name, val, len);
    return -ENOPROTOOPT;
}

int inet_getopt(struct inet_socket *is, int level, int name, void *val, unsigned *len)
{
    if (level == SOL_IP)
        return inet_getopt4(is, name, val, len);
    if (level == SOL_IPV6 && is->s.family == AF_INET6)
        return inet_getopt6(is, name, val, len);
    return level != SOL_SOCKET && is->s.family == AF_INET ? -EOPNOTSUPP : -ENOPROTOOPT;
}

u8 inet_ttl(const struct inet_socket *is, const ip_addr_t *dst)
{
    const struct inet_opt *o = &is->opt;
    if (ip_addr_ismulticast(dst))
        return IP_IS_V6(dst) ? o->mc_hops : o->mc_ttl;
    int v = IP_IS_V6(dst) ? o->hops : o->ttl;
    return v < 0 ? IP_DEFAULT_TTL : (u8)v;
}

u8 inet_tos(const struct inet_socket *is, const ip_addr_t *dst)
{
    return IP_IS_V6(dst) ? is->opt.tclass : is->opt.tos;
}
