/* Control messages of datagrams: what recvmsg shows of one (Linux's ip_cmsg_recv,
 * ip6_datagram_recv_ctl, in their order), and what sendmsg may ask for. */
#include <linux/time.h>

#include <asm/socket.h>
#include <linux/errqueue.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/ipv6.h>
#include <linux/udp.h>

#include <lwip/ip.h>

#include "base/string.h"
#include "net/dgram.h"

static void stamp(struct dgram *d, const struct dgram_msg *g, struct sock_msg *m)
{
    u32 opts = d->is.s.options;
    bool ns = opts & SOCK_OPT_TIMESTAMPNS;
    if (!(opts & (SOCK_OPT_TIMESTAMP | SOCK_OPT_TIMESTAMPNS)))
        return;
    nsec_t when = g->time ? g->time : time_real();
    s64 t[2] = {(s64)(when / NSEC_PER_SEC), (s64)(when % NSEC_PER_SEC) / (ns ? 1 : 1000)};
    int type = opts & SOCK_OPT_TIMESTAMP_NEW ? (ns ? SO_TIMESTAMPNS_NEW : SO_TIMESTAMP_NEW)
               : ns                          ? SO_TIMESTAMPNS_OLD
                                             : SO_TIMESTAMP_OLD;
    sock_cmsg_put(m, SOL_SOCKET, type, t, sizeof(t));
}

static void pktinfo4(const struct dgram_msg *g, struct sock_msg *m)
{
    struct in_pktinfo i = {.ipi_ifindex = g->index};
    struct netif *nif = netif_get_by_index(g->index);
    i.ipi_addr.s_addr = i.ipi_spec_dst.s_addr = ip4_addr_get_u32(ip_2_ip4(&g->dst));
    if (inet_kind(&g->dst) != INET_LOCAL && nif)
        i.ipi_spec_dst.s_addr = netif_ip4_addr(nif)->addr;
    sock_cmsg_put(m, SOL_IP, IP_PKTINFO, &i, sizeof(i));
}

static void show4(u64 flags, const struct dgram_msg *g, struct sock_msg *m)
{
    if (flags & INET_PKTINFO)
        pktinfo4(g, m);
    if (flags & INET_RECVTTL) {
        int ttl = g->ttl;
        sock_cmsg_put(m, SOL_IP, IP_TTL, &ttl, sizeof(ttl));
    }
    if (flags & INET_RECVTOS)
        sock_cmsg_put(m, SOL_IP, IP_TOS, &g->tos, 1);
    if (flags & INET_RECVORIGDST && !g->error) {
        struct sockaddr_in sin = {.sin_family = AF_INET, .sin_port = lwip_htons(g->dst_port)};
        sin.sin_addr.s_addr = ip4_addr_get_u32(ip_2_ip4(&g->dst));
        sock_cmsg_put(m, SOL_IP, IP_ORIGDSTADDR, &sin, sizeof(sin));
    }
}

static void words_of(const ip_addr_t *ip, void *out)
{
    if (IP_IS_V6(ip)) {
        memcpy(out, ip_2_ip6(ip)->addr, 16);
    } else {
        u32 words[4] = {0, 0, PP_HTONL(0xffff), ip4_addr_get_u32(ip_2_ip4(ip))};
        memcpy(out, words, 16);
    }
}

static void pktinfo6(u64 flags, const struct dgram_msg *g, struct sock_msg *m)
{
    struct in6_pktinfo i = {.ipi6_ifindex = g->index};
    if (!(flags & (INET_RECVPKTINFO6 | INET_OLD_PKTINFO6)))
        return;
    words_of(&g->dst, &i.ipi6_addr);
    if (flags & INET_RECVPKTINFO6)
        sock_cmsg_put(m, SOL_IPV6, IPV6_PKTINFO, &i, sizeof(i));
    if (flags & INET_OLD_PKTINFO6)
        sock_cmsg_put(m, SOL_IPV6, IPV6_2292PKTINFO, &i, sizeof(i));
}

static void show6(const struct dgram *d, const struct dgram_msg *g, struct sock_msg *m)
{
    u64 flags = d->is.opt.flags;
    int hops = g->ttl, tclass = g->tos;
    if (flags & INET_RECVHOPS)
        sock_cmsg_put(m, SOL_IPV6, IPV6_HOPLIMIT, &hops, sizeof(hops));
    if (flags & INET_RECVTCLASS)
        sock_cmsg_put(m, SOL_IPV6, IPV6_TCLASS, &tclass, sizeof(tclass));
    if (flags & INET_FLOWINFO6 && g->flow)
        sock_cmsg_put(m, SOL_IPV6, IPV6_FLOWINFO, &g->flow, sizeof(g->flow));
    if (flags & INET_OLD_HOPS)
        sock_cmsg_put(m, SOL_IPV6, IPV6_2292HOPLIMIT, &hops, sizeof(hops));
    if (flags & INET_RECVORIGDST6 && !g->error) {
        u8 name[SOCK_NAME_MAX];
        int len = inet_name_put(&d->is, name, &g->dst, g->dst_port);
        sock_cmsg_put(m, SOL_IPV6, IPV6_ORIGDSTADDR, name, (size_t)len);
    }
}

static void show_error(const struct dgram *d, const struct dgram_msg *g, struct sock_msg *m)
{
    struct {
        struct sock_extended_err e;
        union {
            struct sockaddr_in in;
            struct sockaddr_in6 in6;
        } from;
    } x;
    bool six = d->is.s.family == AF_INET6;
    memset(&x, 0, sizeof(x));
    x.e.ee_errno = g->error;
    x.e.ee_origin = g->origin;
    x.e.ee_type = g->type;
    x.e.ee_code = g->code;
    x.e.ee_info = g->info;
    if (g->origin != SO_EE_ORIGIN_LOCAL)
        inet_name_put(&d->is, &x.from, &g->dst, 0);
    sock_cmsg_put(m, six ? SOL_IPV6 : SOL_IP, six ? IPV6_RECVERR : IP_RECVERR, &x,
                  sizeof(x.e) + (six ? sizeof(x.from.in6) : sizeof(x.from.in)));
}

void dgram_cmsg(struct dgram *d, const struct dgram_msg *g, struct sock_msg *m)
{
    u64 flags = d->is.opt.flags;
    bool four = IP_IS_V4(&g->src);
    stamp(d, g, m);
    if (g->error) {
        show_error(d, g, m);
        return;
    }
    if (d->is.s.options & SOCK_OPT_RXQ_OVFL && g->drops)
        sock_cmsg_put(m, SOL_SOCKET, SO_RXQ_OVFL, &g->drops, sizeof(g->drops));
    if (d->is.s.family == AF_INET6)
        pktinfo6(flags, g, m);
    if (four)
        show4(flags, g, m);
    else
        show6(d, g, m);
}

/* ---- sending ---- */

static int send_int(const struct cmsghdr_os *c, size_t len, int low, int high, int *out)
{
    *out = 0;
    if (len != sizeof(int))
        return -EINVAL;
    memcpy(out, c + 1, sizeof(int));
    return *out < low || *out > high ? -EINVAL : 0;
}

static int send_ip(const struct cmsghdr_os *c, size_t len, struct dgram_to *to)
{
    struct in_pktinfo i;
    int v, r;
    switch (c->type) {
    case IP_PKTINFO:
        if (len != sizeof(i))
            return -EINVAL;
        memcpy(&i, c + 1, sizeof(i));
        if (i.ipi_ifindex)
            to->bound = (u32)i.ipi_ifindex;
        ip_addr_set_ip4_u32_val(to->src, i.ipi_spec_dst.s_addr);
        return 0;
    case IP_TTL:
        r = send_int(c, len, 1, 255, &v);
        to->ttl = (u8)v;
        return r;
    case IP_TOS:
        if (len == 1) {
            to->tos = *(const u8 *)(c + 1);
            return 0;
        }
        r = send_int(c, len, 0, 255, &v);
        to->tos = (u8)v;
        return r;
    default:
        return -EINVAL;
    }
}

static int send_pktinfo6(const struct cmsghdr_os *c, size_t len, struct dgram_to *to)
{
    struct in6_pktinfo i;
    ip6_addr_t six;
    if (len < sizeof(i))
        return -EINVAL;
    memcpy(&i, c + 1, sizeof(i));
    if (i.ipi6_ifindex < 0 || i.ipi6_ifindex > 255)
        return -ENODEV;
    if (i.ipi6_ifindex) {
        if (!netif_get_by_index((u8)i.ipi6_ifindex))
            return -ENODEV;
        if (to->bound && to->bound != (u32)i.ipi6_ifindex)
            return -EINVAL;
        to->bound = (u32)i.ipi6_ifindex;
    }
    memcpy(six.addr, &i.ipi6_addr, sizeof(six.addr));
    ip6_addr_clear_zone(&six);
    if (ip6_addr_isany(&six))
        return 0;
    if (ip6_addr_isipv4mappedipv6(&six))
        ip_addr_set_ip4_u32_val(to->src, six.addr[3]);
    else
        ip_addr_copy_from_ip6(to->src, six);
    if (IP_IS_V6(&to->src) && ip6_addr_has_scope(&six, IP6_UNICAST) && to->bound)
        ip6_addr_set_zone(ip_2_ip6(&to->src), (u8)to->bound);
    return inet_kind(&to->src) == INET_LOCAL ? 0 : -EINVAL;
}

static int send_ipv6(const struct cmsghdr_os *c, size_t len, struct dgram_to *to)
{
    int v, r;
    switch (c->type) {
    case IPV6_PKTINFO:
    case IPV6_2292PKTINFO:
        return send_pktinfo6(c, len, to);
    case IPV6_HOPLIMIT:
    case IPV6_2292HOPLIMIT:
        r = send_int(c, len, -1, 255, &v);
        if (r == 0 && v >= 0)
            to->ttl = (u8)v;
        return r;
    case IPV6_TCLASS:
        r = send_int(c, len, -1, 255, &v);
        if (r == 0 && v >= 0)
            to->tos = (u8)v;
        return r;
    case IPV6_DONTFRAG:
        return send_int(c, len, 0, 1, &v);
    default:
        return -EINVAL;
    }
}

static int send_socket(const struct cmsghdr_os *c, size_t len)
{
    switch (c->type) {
    case SCM_RIGHTS:
    case SCM_CREDENTIALS: /* of AF_UNIX; ignored elsewhere */
        return 0;
    case SO_MARK:
        return !inet_privileged() ? -EPERM : len == sizeof(u32) ? 0 : -EINVAL;
    case SO_TIMESTAMPING_OLD:
    case SO_TIMESTAMPING_NEW:
        return len == sizeof(u32) ? 0 : -EINVAL;
    default:
        return -EINVAL;
    }
}

int dgram_send_cmsg(struct dgram *d, const struct sock_msg *m, struct dgram_to *to)
{
    const struct cmsghdr_os *c = 0;
    bool udp = d->is.s.protocol == IPPROTO_UDP;
    size_t len;
    int r;
    while ((c = sock_cmsg_next(m, c, &len, &r))) {
        if (c->level == SOL_SOCKET)
            r = send_socket(c, len);
        else if (c->level == SOL_UDP && udp && c->type == UDP_SEGMENT)
            r = len == sizeof(u16) ? (memcpy(&to->segment, c + 1, sizeof(u16)), 0) : -EINVAL;
        else if (c->level == SOL_IP && IP_IS_V4(&to->dst))
            r = send_ip(c, len, to);
        else if (c->level == SOL_IPV6 && d->is.s.family == AF_INET6)
            r = IP_IS_V6(&to->dst)        ? send_ipv6(c, len, to)
                : c->type == IPV6_PKTINFO ? send_pktinfo6(c, len, to)
                                          : -EINVAL;
        if (r < 0)
            return r;
    }
    return r;
}
