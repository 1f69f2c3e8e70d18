/* Errors that ICMP reports about what was sent (RFC 792, RFC 4443), and the error queue of
 * IP_RECVERR, IPV6_RECVERR (ip(7)).
 *
 * lwIP answers echo requests and neighbours itself and drops the errors; they are seen here first,
 * as by a raw socket. A message quotes the packet it is about: IP header, then at least 8 bytes.
 */
#include <linux/eventpoll.h>
#include <linux/time.h>

#include <linux/errqueue.h>
#include <linux/in.h>
#include <linux/in6.h>

#include <lwip/inet_chksum.h>
#include <lwip/ip.h>
#include <lwip/prot/icmp.h>
#include <lwip/prot/icmp6.h>
#include <lwip/prot/ip4.h>
#include <lwip/prot/ip6.h>
#include <lwip/raw.h>

#include "base/string.h"
#include "mem/alloc.h"
#include "net/dgram.h"

#define ICMP_BYTES 8u         /* of a message before the quote */
#define PORTS_BYTES 8u        /* of the quoted packet behind its IP header */
#define QUOTE_MAX (60u + 64u) /* what is looked at of it */

struct meaning {
    u8 error;
    bool fatal;
};
/* Of ICMP_DUR, by code. */
static const struct meaning unreachable4[] = {
    {ENETUNREACH, false},  {EHOSTUNREACH, false}, {ENOPROTOOPT, true},  {ECONNREFUSED, true},
    {EMSGSIZE, false},     {EOPNOTSUPP, false},   {ENETUNREACH, true},  {EHOSTDOWN, true},
    {ENONET, true},        {ENETUNREACH, true},   {EHOSTUNREACH, true}, {ENETUNREACH, false},
    {EHOSTUNREACH, false}, {EHOSTUNREACH, true},  {EHOSTUNREACH, true}, {EHOSTUNREACH, true},
};
/* Of ICMP6_TYPE_DUR. */
static const struct meaning unreachable6[] = {
    {ENETUNREACH, false}, {EACCES, true}, {EHOSTUNREACH, false}, {EHOSTUNREACH, false},
    {ECONNREFUSED, true}, {EACCES, true}, {EACCES, true},
};

static bool meaning4(const struct dgram_msg *e, struct meaning *m)
{
    switch (e->type) {
    case ICMP_DUR:
        if (e->code >= sizeof(unreachable4) / sizeof(*unreachable4))
            return false;
        *m = unreachable4[e->code];
        return true;
    case ICMP_TE:
        *m = (struct meaning){EHOSTUNREACH, false};
        return true;
    case ICMP_PP:
        *m = (struct meaning){EPROTO, true};
        return true;
    default:
        return false;
    }
}

static bool meaning6(const struct dgram_msg *e, struct meaning *m)
{
    switch (e->type) {
    case ICMP6_TYPE_DUR:
        *m = e->code < sizeof(unreachable6) / sizeof(*unreachable6)
                 ? unreachable6[e->code]
                 : (struct meaning){EPROTO, true};
        return true;
    case ICMP6_TYPE_PTB:
        *m = (struct meaning){EMSGSIZE, false};
        return true;
    case ICMP6_TYPE_PP:
        *m = (struct meaning){EPROTO, true};
        return true;
    case ICMP6_TYPE_TE:
        *m = (struct meaning){EHOSTUNREACH, false};
        return true;
    default:
        return false;
    }
}

/* Addresses and protocol of the quoted packet: the length of its IP header, 0 if that is not whole.
 */
static unsigned quoted(const u8 *q, unsigned n, bool six, ip_addr_t *local, ip_addr_t *remote,
                       u8 *protocol)
{
    if (!six) {
        const struct ip_hdr *h = (const void *)q;
        unsigned len = n >= IP_HLEN ? IPH_HL_BYTES(h) : 0;
        if (len < IP_HLEN || IPH_V(h) != 4 || len + PORTS_BYTES > n)
            return 0;
        ip_addr_copy_from_ip4(*local, h->src);
        ip_addr_copy_from_ip4(*remote, h->dest);
        *protocol = IPH_PROTO(h);
        return len;
    }
    const struct ip6_hdr *h = (const void *)q;
    unsigned len = IP6_HLEN;
    if (n < len + PORTS_BYTES || IP6H_V(h) != 6)
        return 0;
    ip_addr_copy_from_ip6_packed(*local, h->src);
    ip_addr_copy_from_ip6_packed(*remote, h->dest);
    ip6_addr_assign_zone(ip_2_ip6(local), IP6_UNICAST, ip_current_input_netif());
    ip6_addr_assign_zone(ip_2_ip6(remote), IP6_UNKNOWN, ip_current_input_netif());
    *protocol = IP6H_NEXTH(h);
    if (*protocol == IP6_NEXTH_FRAGMENT) {
        *protocol = q[len];
        len += 8;
    }
    return len + PORTS_BYTES > n ? 0 : len;
}

static u16 word(const u8 *p)
{
    return (u16)(p[0] << 8 | p[1]);
}

static void route_error(const ip_addr_t *local, u8 protocol, const u8 *ports, struct dgram_msg *e,
                        bool fatal)
{
    bool taken = raw_error(protocol, local, e, fatal);
    if (protocol == IPPROTO_UDP) {
        e->port = word(ports + 2);
        taken |= udp_error(local, word(ports), e, fatal);
    } else if (protocol == IPPROTO_ICMP || protocol == IPPROTO_ICMPV6) {
        taken |= ping_error(word(ports + 4), e, fatal);
    }
    if (!taken && inet_tcp_error && protocol == IPPROTO_TCP)
        inet_tcp_error(local, word(ports), &e->src, word(ports + 2), e->error, fatal);
}

/* lwIP's view of a packet is its own: p stays as it was, and is never taken. */
static u8 icmp_seen(void *arg, struct raw_pcb *pcb, struct pbuf *p, const ip_addr_t *addr)
{
    u8 q[QUOTE_MAX];
    unsigned at = ip_current_header_tot_len();
    bool six = ip_current_is_v6();
    struct dgram_msg e;
    struct meaning m;
    ip_addr_t local;
    u8 protocol;
    (void)arg, (void)pcb;
    memset(&e, 0, sizeof(e));
    if (pbuf_copy_partial(p, q, ICMP_BYTES, (u16)at) != ICMP_BYTES)
        return 0;
    e.type = q[0];
    e.code = q[1];
    if (!(six ? meaning6(&e, &m) : meaning4(&e, &m)))
        return 0;
    e.error = m.error;
    e.origin = six ? SO_EE_ORIGIN_ICMP6 : SO_EE_ORIGIN_ICMP;
    if (m.error == EMSGSIZE)
        e.info = six ? (u32)word(q + 4) << 16 | word(q + 6) : word(q + 6);
    unsigned n = pbuf_copy_partial(p, q, sizeof(q), (u16)(at + ICMP_BYTES));
    unsigned len = quoted(q, n, six, &local, &e.src, &protocol);
    if (!len)
        return 0;
    e.dst = *addr;
    e.ttl = (u8)(six ? IP6H_HOPLIM(ip6_current_header()) : IPH_TTL(ip4_current_header()));
    e.index = (u8)inet_if_index(ip_current_input_netif());
    /* What of the message itself came back: behind the UDP or echo header. */
    unsigned data = at + ICMP_BYTES + len + PORTS_BYTES;
    if (p->tot_len > data) {
        e.p = pbuf_alloc(PBUF_RAW, (u16)(p->tot_len - data), PBUF_RAM);
        if (e.p)
            pbuf_copy_partial(p, e.p->payload, e.p->len, (u16)data);
    }
    route_error(&local, protocol, q + len, &e, m.fatal);
    if (e.p)
        pbuf_free(e.p);
    return 0;
}

void dgram_errors_start(void)
{
    static bool started;
    static const u8 protocols[] = {IPPROTO_ICMP, IPPROTO_ICMPV6};
    if (started)
        return;
    started = true;
    for (unsigned i = 0; i < sizeof(protocols); i++) {
        struct raw_pcb *pcb = raw_new_ip_type(IPADDR_TYPE_ANY, protocols[i]);
        if (pcb)
            raw_recv(pcb, icmp_seen, 0);
        else
            started = false;
    }
}

void dgram_error(struct dgram *d, const struct dgram_msg *e, bool fatal)
{
    struct socket *s = &d->is.s;
    u64 wants = s->family == AF_INET6 ? INET_RECVERR6 | INET_RECVERR : INET_RECVERR;
    bool queue = (d->is.opt.flags & wants) != 0;
    /* Who asked that nothing be cut up hears that something was too long. */
    if (e->error == EMSGSIZE && IP_IS_V4(&e->src) && d->is.opt.pmtu4 != IP_PMTUDISC_DONT)
        fatal = true;
    if (!queue && (!fatal || !d->connected))
        return;
    struct dgram_msg *g = queue && d->queued <= s->rcvbuf ? mem_alloc(sizeof(*g)) : 0;
    if (g) {
        *g = *e;
        if (e->p)
            pbuf_ref(e->p);
        g->charge = 768u + (e->p ? e->p->tot_len : 0u);
        d->queued += g->charge;
        list_add_tail(&d->errors, &g->node);
    }
    s->error = -e->error;
    sock_wake(s, EPOLLERR | EPOLLIN | EPOLLOUT);
}

void dgram_too_big(struct dgram *d, const ip_addr_t *to, u16 port, u32 mtu)
{
    struct dgram_msg e;
    u64 wants = IP_IS_V6(to) ? INET_RECVERR6 : INET_RECVERR;
    if (!(d->is.opt.flags & wants))
        return;
    memset(&e, 0, sizeof(e));
    e.src = *to;
    e.port = port;
    e.error = EMSGSIZE;
    e.origin = SO_EE_ORIGIN_LOCAL;
    e.info = mtu;
    dgram_error(d, &e, false);
    d->is.s.error = 0; /* the call itself says it */
}
