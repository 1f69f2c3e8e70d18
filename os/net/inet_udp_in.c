/* UDP datagrams on their way to a socket (Linux's __udp4_lib_rcv and __udp6_lib_rcv). */
#include <linux/in.h>

#include <lwip/inet_chksum.h>
#include <lwip/ip.h>
#include <lwip/prot/udp.h>
#include <lwip/raw.h>

#include "net/inet_udp.h"

/* How well a bound socket fits a packet from src:sport to dst:dport: 0 not at all; more is better.
 */
static unsigned score(const struct dgram *d, const ip_addr_t *dst, u16 dport, const ip_addr_t *src,
                      u16 sport, u32 index)
{
    const struct inet_socket *is = &d->is;
    unsigned n = 1;
    if (is->local_port != dport || (is->s.bound_if && is->s.bound_if != index))
        return 0;
    if (!IP_IS_ANY_TYPE_VAL(is->local)) {
        if (IP_GET_TYPE(&is->local) != IP_GET_TYPE(dst))
            return 0;
        if (!ip_addr_isany(&is->local)) {
            if (!ip_addr_cmp_zoneless(&is->local, dst))
                return 0;
            n += 16; /* a socket of the very address comes before those of all */
        }
    }
    n += is->s.family == AF_INET;
    n += is->s.bound_if ? 4 : 0;
    if (d->connected) {
        if (!ip_addr_isany(&is->remote) && !ip_addr_cmp_zoneless(&is->remote, src))
            return 0;
        if (is->remote_port && is->remote_port != sport)
            return 0;
        n += 8;
    }
    return n;
}

/* Of sockets that share a port by SO_REUSEPORT, each peer has one. */
static u32 peer_hash(const ip_addr_t *src, u16 sport)
{
    u32 h = sport * 0x9e3779b1u;
    const u32 *w = IP_IS_V6(src) ? ip_2_ip6(src)->addr : &ip_2_ip4(src)->addr;
    for (unsigned i = 0; i < (IP_IS_V6(src) ? 4u : 1u); i++)
        h = (h ^ w[i]) * 0x85ebca6bu;
    return h ^ h >> 15;
}

static struct dgram *nth_like(const struct dgram *first, unsigned best, u32 n, const ip_addr_t *dst,
                              u16 dport, const ip_addr_t *src, u16 sport, u32 index)
{
    list_foreach(it, udp_chain(dport))
    {
        struct dgram *d = list_entry(it, struct dgram, bound);
        if (d->is.s.options & SOCK_OPT_REUSEPORT && d->is.s.family == first->is.s.family &&
            score(d, dst, dport, src, sport, index) == best && n-- == 0)
            return d;
    }
    return 0;
}

static struct dgram *lookup(const ip_addr_t *dst, u16 dport, const ip_addr_t *src, u16 sport,
                            u32 index)
{
    struct dgram *found = 0;
    unsigned best = 0, same = 0;
    list_foreach(it, udp_chain(dport))
    {
        struct dgram *d = list_entry(it, struct dgram, bound);
        unsigned n = score(d, dst, dport, src, sport, index);
        if (n > best) {
            found = d;
            best = n;
            same = 0;
        }
        same += n == best && n && d->is.s.options & SOCK_OPT_REUSEPORT;
    }
    if (found && same > 1 && !found->connected && found->is.s.options & SOCK_OPT_REUSEPORT)
        found = nth_like(found, best, peer_hash(src, sport) % same, dst, dport, src, sport, index);
    return found;
}

/* Group and broadcast packets: a copy for everyone whom they concern. p is the caller's. */
static bool to_all(struct pbuf *p, const ip_addr_t *dst, u16 dport, const ip_addr_t *src, u16 sport,
                   struct netif *nif)
{
    bool group = ip_addr_ismulticast(dst), any = false;
    list_foreach(it, udp_chain(dport))
    {
        struct dgram *d = list_entry(it, struct dgram, bound);
        if (!score(d, dst, dport, src, sport, inet_if_index(nif)) ||
            (group && !inet_group_wanted(&d->is, dst, src, nif)))
            continue;
        struct pbuf *copy = pbuf_clone(PBUF_RAW, PBUF_RAM, p);
        if (copy)
            dgram_queue(d, copy, sport, dport);
        else
            d->drops++;
        any = true;
    }
    return any;
}

static bool damaged(struct pbuf *p, const struct udp_hdr *h)
{
    struct netif *nif = ip_current_input_netif();
    if (!h->chksum) /* none; IPv6 demands one (RFC 8200, 8.1), which our own interfaces may leave
                       out */
        return false;
    IF__NETIF_CHECKSUM_ENABLED(nif, NETIF_CHECKSUM_CHECK_UDP)
    {
        return ip_chksum_pseudo(p, IPPROTO_UDP, p->tot_len, ip_current_src_addr(),
                                ip_current_dest_addr()) != 0;
    }
    return false;
}

/* p begins with the UDP header. True if it was taken (or was broken, and is gone). */
static bool take(struct pbuf *p)
{
    const struct udp_hdr *h = p->payload;
    const ip_addr_t *src = ip_current_src_addr(), *dst = ip_current_dest_addr();
    u16 len = lwip_ntohs(h->len), sport = lwip_ntohs(h->src), dport = lwip_ntohs(h->dest);
    struct netif *nif = ip_current_input_netif();
    if (len < UDP_HEADER || len > p->tot_len) {
        pbuf_free(p);
        return true;
    }
    enum inet_kind kind = inet_kind(dst);
    bool all = kind == INET_MULTICAST || kind == INET_BROADCAST;
    struct dgram *d = all ? 0 : lookup(dst, dport, src, sport, inet_if_index(nif));
    if (!d && !all)
        return false;
    pbuf_realloc(p, len);
    if (damaged(p, h)) {
        pbuf_free(p);
        return true;
    }
    pbuf_remove_header(p, UDP_HEADER);
    if (d) {
        dgram_queue(d, p, sport, dport);
        return true;
    }
    if (to_all(p, dst, dport, src, sport, nif)) {
        pbuf_free(p);
        return true;
    }
    pbuf_add_header_force(p, UDP_HEADER);
    return false;
}

static u8 udp_seen(void *arg, struct raw_pcb *pcb, struct pbuf *p, const ip_addr_t *addr)
{
    u16 header = ip_current_header_tot_len();
    (void)arg, (void)pcb, (void)addr;
    raw_copy_udp(p);
    if (p->len < header + UDP_HEADER)
        return 0;
    pbuf_remove_header(p, header);
    if (take(p))
        return 1;
    pbuf_add_header_force(p, header);
    return 0;
}

int udp_input_start(void)
{
    static bool started;
    if (!started) {
        struct raw_pcb *pcb = raw_new_ip_type(IPADDR_TYPE_ANY, IPPROTO_UDP);
        if (!pcb)
            return -ENOMEM;
        udp_ports_start();
        raw_recv(pcb, udp_seen, 0);
        started = true;
    }
    return 0;
}

bool udp_error(const ip_addr_t *local, u16 port, const struct dgram_msg *e, bool fatal)
{
    struct dgram *d = lookup(local, port, &e->src, e->port, e->index);
    if (!d)
        return false;
    dgram_error(d, e, fatal);
    return true;
}
