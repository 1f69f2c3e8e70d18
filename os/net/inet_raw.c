/* Raw sockets (raw(7), ipv6(7)): IP packets of one protocol, IPv4 ones with their header. Only root
 * may have one.
 *
 * One handler a protocol is registered with lwIP; it copies each packet to the sockets it concerns,
 * and what lwIP itself does with the packet goes on (echo replies, neighbours, IGMP).
 */
#include <linux/in.h>
#include <linux/in6.h>

#include <lwip/inet_chksum.h>
#include <lwip/ip.h>
#include <lwip/raw.h>

#include "base/string.h"
#include "net/dgram.h"
#include "net/netif.h"
#include "net/virtio_net_left.h"

#define LENGTH_MAX 65535u
#define ICMP_FILTER_OPT 1
#define ICMPV6_FILTER_OPT 1
#define IPV6_CHECKSUM_OPT 7

struct list raw_sockets = LIST_INIT(raw_sockets);
static u8 handled[256 / 8]; /* protocols registered with lwIP */

/* ---- receiving ---- */

static bool address_fits(const struct dgram *d, const ip_addr_t *dst, const ip_addr_t *src)
{
    const struct inet_socket *is = &d->is;
    struct netif *nif = ip_current_input_netif();
    if ((is->s.family == AF_INET6) != IP_IS_V6_VAL(*dst))
        return false;
    if (is->s.bound_if && is->s.bound_if != inet_if_index(nif))
        return false;
    if (!ip_addr_isany(&is->local) && !ip_addr_cmp_zoneless(&is->local, dst))
        return false;
    if (d->connected && !ip_addr_isany(&is->remote) && !ip_addr_cmp_zoneless(&is->remote, src))
        return false;
    return !ip_addr_ismulticast(dst) || inet_group_wanted(is, dst, src, nif);
}

/* ICMP_FILTER, ICMPV6_FILTER: bits of types that are kept out. */
static bool filtered(const struct dgram *d, struct pbuf *p, u16 header)
{
    int type = pbuf_try_get_at(p, header);
    if (type < 0)
        return true;
    if (d->is.s.protocol == IPPROTO_ICMP && d->is.s.family == AF_INET)
        return type < 32 && d->filter[0] >> type & 1;
    if (d->is.s.protocol == IPPROTO_ICMPV6 && d->is.s.family == AF_INET6)
        return d->filter[type >> 5] >> (type & 31) & 1;
    return false;
}

static bool bad_checksum(const struct dgram *d, struct pbuf *p)
{
    return d->checksum_at >= 0 &&
           (p->tot_len < 2 || ip_chksum_pseudo(p, (u8)d->is.s.protocol, p->tot_len,
                                               ip_current_src_addr(), ip_current_dest_addr()) != 0);
}

static void deliver(struct dgram *d, struct pbuf *p, u16 header)
{
    struct pbuf *copy = left_load_all(p) ? 0 : pbuf_clone(PBUF_RAW, PBUF_RAM, p);
    if (!copy) {
        d->drops++;
        return;
    }
    if (d->is.s.family == AF_INET6)
        pbuf_remove_header(copy, header);
    if (d->is.s.family == AF_INET6 && bad_checksum(d, copy))
        pbuf_free(copy);
    else
        dgram_queue(d, copy, 0, 0);
}

static void copy_all(struct pbuf *p, u8 protocol)
{
    u16 header = ip_current_header_tot_len();
    list_foreach(it, &raw_sockets)
    {
        struct dgram *d = list_entry(it, struct dgram, bound);
        if (d->is.s.protocol == protocol &&
            address_fits(d, ip_current_dest_addr(), ip_current_src_addr()) &&
            !filtered(d, p, header))
            deliver(d, p, header);
    }
}

void raw_copy_udp(struct pbuf *p)
{
    if (!list_empty(&raw_sockets))
        copy_all(p, IPPROTO_UDP);
}

static u8 raw_seen(void *arg, struct raw_pcb *pcb, struct pbuf *p, const ip_addr_t *addr)
{
    (void)arg, (void)addr;
    copy_all(p, pcb->protocol);
    return 0;
}

static int handle(u8 protocol)
{
    if (handled[protocol / 8] >> protocol % 8 & 1 || protocol == IPPROTO_UDP ||
        protocol == IPPROTO_RAW)
        return 0;
    struct raw_pcb *pcb = raw_new_ip_type(IPADDR_TYPE_ANY, protocol);
    if (!pcb)
        return -ENOMEM;
    raw_recv(pcb, raw_seen, 0);
    handled[protocol / 8] |= (u8)(1u << protocol % 8);
    return 0;
}

bool raw_error(int protocol, const ip_addr_t *local, const struct dgram_msg *e, bool fatal)
{
    bool any = false;
    list_foreach(it, &raw_sockets)
    {
        struct dgram *d = list_entry(it, struct dgram, bound);
        if (d->is.s.protocol != protocol || !d->connected ||
            (d->is.s.family == AF_INET6) != IP_IS_V6_VAL(*local) ||
            !ip_addr_cmp_zoneless(&d->is.remote, &e->src))
            continue;
        dgram_error(d, e, fatal);
        any = true;
    }
    return any;
}

/* ---- sending ---- */

/* IP_HDRINCL: the program's IPv4 header, of which length, checksum and what is 0 are filled in. */
static int send_whole(struct sock_msg *m, const struct dgram_to *to)
{
    size_t n = m->it->left;
    int err;
    if (n < IP_HLEN)
        return -EINVAL;
    if (n > inet_mtu(to->nif, false))
        return -EMSGSIZE;
    struct pbuf *p = dgram_copy(m->it, n, 0, &err);
    if (!p)
        return err;
    struct ip_hdr *h = p->payload;
    unsigned len = IPH_HL_BYTES(h);
    if (len < IP_HLEN || len > n) {
        pbuf_free(p);
        return -EINVAL;
    }
    if (!h->src.addr)
        h->src.addr = ip_2_ip4(&to->src)->addr;
    if (!h->_id)
        h->_id = (u16)net_rand();
    h->_len = lwip_htons((u16)n);
    h->_chksum = 0;
    h->_chksum = inet_chksum(h, (u16)len);
    /* The way is that of the name, not of the header. */
    err_t e = ip4_output_if(p, ip_2_ip4(&to->src), LWIP_IP_HDRINCL, 0, 0, 0, to->nif);
    pbuf_free(p);
    net_kick();
    return inet_errno(e);
}

static int put_checksum(const struct dgram *d, struct pbuf *p, const struct dgram_to *to)
{
    s32 at = d->checksum_at;
    u8 *data = p->payload;
    if (at < 0)
        return 0;
    if ((u32)at + 2 > p->tot_len)
        return -EINVAL;
    data[at] = data[at + 1] = 0;
    u16 sum = ip_chksum_pseudo(p, (u8)d->is.s.protocol, p->tot_len, &to->src, &to->dst);
    if (!sum && d->is.s.protocol == IPPROTO_UDP)
        sum = 0xffff;
    memcpy(data + at, &sum, sizeof(sum));
    return 0;
}

static ssize_t on_send(struct socket *s, struct sock_msg *m)
{
    struct dgram *d = dgram_of(s);
    bool whole = d->is.opt.flags & INET_HDRINCL;
    size_t n = m->it->left;
    struct dgram_to to;
    if (n > LENGTH_MAX)
        return -EMSGSIZE;
    if (m->flags & MSG_OOB)
        return -EOPNOTSUPP;
    int r = dgram_to(d, m, false, &to);
    if (r < 0)
        return r;
    if (IP_IS_V6(&to.dst) != (s->family == AF_INET6))
        return -EINVAL;
    if (!whole && n + (IP_IS_V6(&to.dst) ? IP6_HLEN : IP_HLEN) > LENGTH_MAX)
        return -EMSGSIZE;
    r = dgram_may_send(d);
    if (r < 0)
        return r;
    if (whole && s->family == AF_INET) {
        r = send_whole(m, &to);
        return r < 0 ? r : (ssize_t)n;
    }
    struct pbuf *p = dgram_copy(m->it, n, 0, &r);
    if (!p)
        return r;
    r = put_checksum(d, p, &to);
    if (r < 0)
        pbuf_free(p);
    else
        r = dgram_output(d, p, &to, (u8)s->protocol);
    return r < 0 ? r : (ssize_t)n;
}

/* ---- names, options ---- */

static int on_bind(struct socket *s, const void *name, unsigned len)
{
    struct dgram *d = dgram_of(s);
    ip_addr_t ip;
    u16 port;
    if (d->connected)
        return -EINVAL;
    int r = inet_bind_check(&d->is, name, len, true, &ip, &port);
    if (r < 0)
        return r == -EACCES ? 0 : r;
    d->is.local = ip;
    d->addr_fixed = !ip_addr_isany(&ip);
    return 0;
}

static int on_connect(struct socket *s, const void *name, unsigned len)
{
    u16 family;
    if (len < sizeof(family))
        return -EINVAL;
    memcpy(&family, name, sizeof(family));
    if (family != AF_UNSPEC)
        return dgram_connect(s, name, len);
    dgram_disconnect(dgram_of(s));
    return 0;
}

static int raw_getname(struct socket *s, void *name, bool peer)
{
    const struct dgram *d = dgram_of(s);
    if (peer && !d->is.remote_port)
        return -ENOTCONN;
    u16 port = peer ? d->is.remote_port : s->family == AF_INET ? s->protocol : 0;
    return inet_name_put(&d->is, name, peer ? &d->is.remote : &d->is.local, port);
}

/* The size of the protocol's filter, 0 if it has none. */
static unsigned filter_size(const struct socket *s, int level, int name)
{
    if (level == SOL_RAW && name == ICMP_FILTER_OPT && s->family == AF_INET)
        return s->protocol == IPPROTO_ICMP ? 4 : 0;
    if (level == SOL_ICMPV6 && name == ICMPV6_FILTER_OPT && s->family == AF_INET6)
        return s->protocol == IPPROTO_ICMPV6 ? 32 : 0;
    return 0;
}

static bool is_checksum(const struct socket *s, int level, int name)
{
    return s->family == AF_INET6 && (level == SOL_RAW || level == SOL_IPV6) &&
           name == IPV6_CHECKSUM_OPT;
}

static int raw_setopt(struct socket *s, int level, int name, const void *val, unsigned len)
{
    struct dgram *d = dgram_of(s);
    unsigned size = filter_size(s, level, name);
    int v;
    if (size) {
        memcpy(d->filter, val, MIN(len, size));
        return 0;
    }
    if (level == SOL_RAW && name == ICMP_FILTER_OPT && s->family == AF_INET)
        return -EOPNOTSUPP;
    if (!is_checksum(s, level, name))
        return inet_setopt(&d->is, level, name, val, len);
    if (len < sizeof(v))
        return -EINVAL;
    memcpy(&v, val, sizeof(v));
    if (s->protocol == IPPROTO_ICMPV6 && level == SOL_IPV6)
        return -EINVAL;
    if (v > 0 && v & 1)
        return -EINVAL;
    d->checksum_at = v < 0 ? -1 : v;
    return 0;
}

static int raw_getopt(struct socket *s, int level, int name, void *val, unsigned *len)
{
    struct dgram *d = dgram_of(s);
    unsigned size = filter_size(s, level, name);
    if (size || is_checksum(s, level, name)) {
        *len = MIN(*len, size ? size : (unsigned)sizeof(d->checksum_at));
        memcpy(val, size ? (void *)d->filter : (void *)&d->checksum_at, *len);
        return 0;
    }
    if (level == SOL_RAW && name == ICMP_FILTER_OPT && s->family == AF_INET)
        return -EOPNOTSUPP;
    return inet_getopt(&d->is, level, name, val, len);
}

static void raw_release(struct socket *s)
{
    list_del(&dgram_of(s)->bound);
    dgram_free(dgram_of(s));
}

static const struct socket_ops raw_ops = {
    .bind = on_bind,
    .connect = on_connect,
    .send = on_send,
    .recv = dgram_recv,
    .shutdown = dgram_shutdown,
    .getname = raw_getname,
    .setopt = raw_setopt,
    .getopt = raw_getopt,
    .poll = dgram_poll,
    .ioctl = inet_ioctl,
    .pending = dgram_pending,
    .release = raw_release,
};

int raw_socket(int family, int protocol, struct socket **out)
{
    if (!inet_privileged())
        return -EPERM;
    if (!protocol)
        return -EPROTONOSUPPORT;
    if (handle((u8)protocol) < 0)
        return -ENOMEM;
    dgram_errors_start();
    struct dgram *d = dgram_new(&raw_ops, family, SOCK_RAW, protocol);
    if (!d)
        return -ENOMEM;
    d->is.s.options |= SOCK_OPT_REUSEADDR;
    if (protocol == IPPROTO_RAW)
        d->is.opt.flags |= INET_HDRINCL;
    if (family == AF_INET6) {
        ip_addr_set_any_val(true, d->is.local);
        d->is.opt.flags |= INET_V6ONLY;
        if (protocol == IPPROTO_ICMPV6)
            d->checksum_at = 2;
    }
    list_add_tail(&raw_sockets, &d->bound);
    *out = &d->is.s;
    return 0;
}
