/* Sending datagrams: where one goes, its copy, and IP's part. Checks come in the order of Linux's
 * udp_sendmsg and udpv6_sendmsg. */
#include <linux/in.h>
#include <linux/in6.h>

#include <lwip/inet_chksum.h>
#include <lwip/ip.h>

#include "base/string.h"
#include "net/dgram.h"
#include "net/netif.h"

#define FAMILY_BYTES 2u

/* On an AF_INET6 socket the name may be of AF_INET, too, or of none at all. 1: a name was there. */
static int name6(struct dgram *d, const struct sock_msg *m, struct dgram_to *to)
{
    u16 family;
    if (m->name_len < FAMILY_BYTES)
        return -EINVAL;
    memcpy(&family, m->name, sizeof(family));
    if (family == AF_UNSPEC)
        return 0;
    if (family == AF_INET) {
        struct inet_socket four = {.s = {.family = AF_INET}};
        int r = inet_name_get(&four, m->name, m->name_len, &to->dst, &to->port, 0);
        return r < 0 ? r : 1;
    }
    if (family != AF_INET6)
        return -EINVAL;
    bool zone_missing;
    int r = inet_name_get(&d->is, m->name, m->name_len, &to->dst, &to->port, &zone_missing);
    return r < 0 ? r : 1;
}

static int name4(struct dgram *d, const struct sock_msg *m, struct dgram_to *to)
{
    struct sockaddr_in sin;
    if (m->name_len < sizeof(sin))
        return -EINVAL;
    memcpy(&sin, m->name, sizeof(sin));
    if (sin.sin_family == AF_UNSPEC)
        sin.sin_family = AF_INET;
    int r = inet_name_get(&d->is, &sin, sizeof(sin), &to->dst, &to->port, 0);
    return r < 0 ? r : 1;
}

static int destination(struct dgram *d, const struct sock_msg *m, bool need_port,
                       struct dgram_to *to)
{
    int r = 0;
    if (m->name)
        r = d->is.s.family == AF_INET ? name4(d, m, to) : name6(d, m, to);
    if (r < 0)
        return r;
    if (!r) {
        if (!d->connected)
            return -EDESTADDRREQ;
        to->dst = d->is.remote;
        to->port = d->is.remote_port;
    }
    if (r && need_port && !to->port)
        return -EINVAL;
    if (IP_IS_V4(&to->dst) && d->is.s.family == AF_INET6 && d->is.opt.flags & INET_V6ONLY)
        return -ENETUNREACH;
    return 0;
}

int dgram_to(struct dgram *d, const struct sock_msg *m, bool need_port, struct dgram_to *to)
{
    memset(to, 0, sizeof(*to));
    int r = destination(d, m, need_port, to);
    if (r < 0)
        return r;
    to->src = d->is.local;
    to->bound = d->is.s.bound_if;
    to->ttl = inet_ttl(&d->is, &to->dst);
    to->tos = inet_tos(&d->is, &to->dst);
    to->segment = d->segment;
    r = dgram_send_cmsg(d, m, to);
    if (r < 0)
        return r;
    if (!to->bound && !ip_addr_ismulticast(&to->dst))
        to->bound = d->is.opt.unicast_if;
    r = inet_route(&d->is, &to->dst, &to->src, to->bound, &to->nif);
    if (r < 0)
        return r;
    if (inet_kind(&to->dst) == INET_BROADCAST && !(d->is.s.options & SOCK_OPT_BROADCAST))
        return -EACCES;
    return 0;
}

int dgram_may_send(struct dgram *d)
{
    struct socket *s = &d->is.s;
    if (s->error)
        return sock_error(s);
    return s->shut & 2 ? -EPIPE : 0; /* no signal: only streams have a SIGPIPE */
}

struct pbuf *dgram_copy(struct iter *it, size_t n, unsigned header, int *err)
{
    struct pbuf *p = pbuf_alloc(PBUF_IP, (u16)(n + header), PBUF_RAM);
    *err = -ENOBUFS;
    if (!p)
        return 0;
    *err = -EFAULT;
    if (iter_get(it, (u8 *)p->payload + header, n) == (ssize_t)n)
        return p;
    pbuf_free(p);
    return 0;
}

/* With "don't fragment" (RFC 791, 3.1), which lwIP's own headers never say: IP_PMTUDISC_DO, PROBE.
 */
static err_t output_whole(struct pbuf *p, const struct dgram_to *to, u8 protocol)
{
    if (pbuf_add_header(p, IP_HLEN))
        return ERR_BUF;
    struct ip_hdr *h = p->payload;
    memset(h, 0, IP_HLEN);
    IPH_VHL_SET(h, 4, IP_HLEN / 4);
    IPH_TOS_SET(h, to->tos);
    IPH_LEN_SET(h, lwip_htons(p->tot_len));
    IPH_OFFSET_SET(h, PP_HTONS(IP_DF));
    IPH_TTL_SET(h, to->ttl);
    IPH_PROTO_SET(h, protocol);
    h->src.addr = ip_2_ip4(&to->src)->addr;
    h->dest.addr = ip_2_ip4(&to->dst)->addr;
    IPH_CHKSUM_SET(h, inet_chksum(h, IP_HLEN));
    return ip4_output_if(p, ip_2_ip4(&to->src), LWIP_IP_HDRINCL, 0, 0, 0, to->nif);
}

int dgram_output(struct dgram *d, struct pbuf *p, const struct dgram_to *to, u8 protocol)
{
    bool lo = to->nif->name[0] == 'l' && to->nif->name[1] == 'o';
    bool six = IP_IS_V6(&to->dst);
    enum inet_kind kind = inet_kind(&to->dst);
    /* Who has joined a group here hears it too, and broadcasts are heard here; lo does that itself.
     */
    if (!lo && (kind == INET_BROADCAST ||
                (kind == INET_MULTICAST && d->is.opt.flags & (six ? INET_MC_LOOP6 : INET_MC_LOOP))))
        p->flags |= PBUF_FLAG_MCASTLOOP;
    u8 pmtu = d->is.opt.pmtu4;
    bool whole = !six && (pmtu == IP_PMTUDISC_DO || pmtu == IP_PMTUDISC_PROBE);
    err_t e = whole ? output_whole(p, to, protocol)
                    : ip_output_if_src(p, &to->src, &to->dst, to->ttl, to->tos, protocol, to->nif);
    pbuf_free(p);
    net_kick();
    return e == ERR_MEM ? -ENOBUFS : inet_errno(e);
}
