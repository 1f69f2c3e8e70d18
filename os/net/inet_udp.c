/* UDP sockets: see inet_udp.h. */
#include <linux/in.h>
#include <linux/udp.h>

#include <lwip/inet_chksum.h>
#include <lwip/ip.h>
#include <lwip/prot/udp.h>

#include "base/string.h"
#include "mem/alloc.h"
#include "net/inet_udp.h"

#define LENGTH_MAX 65535u /* of an IPv4 packet with all its headers (RFC 791, 3.1) */
#define SEGMENTS_MAX 128u /* of one send with UDP_SEGMENT, as Linux's UDP_MAX_SEGMENTS */

static int autobind(struct dgram *d)
{
    if (d->is.local_port)
        return 0;
    ip_addr_t ip = d->is.local;
    return udp_port_get(d, &ip, 0) < 0 ? -EAGAIN : 0;
}

static int udp_bind(struct socket *s, const void *name, unsigned len)
{
    struct dgram *d = dgram_of(s);
    ip_addr_t ip;
    u16 port;
    int r = inet_bind_check(&d->is, name, len, true, &ip, &port);
    if (r == 0 && d->connected)
        r = -EINVAL;
    if (r == 0)
        r = udp_port_get(d, &ip, port);
    if (r < 0)
        return r;
    d->addr_fixed = !ip_addr_isany(&ip);
    d->port_fixed = port != 0;
    if (port)
        inet_listening(IPPROTO_UDP, &ip, port);
    return 0;
}

static int udp_connect(struct socket *s, const void *name, unsigned len)
{
    struct dgram *d = dgram_of(s);
    u16 family;
    if (len < sizeof(family))
        return -EINVAL;
    memcpy(&family, name, sizeof(family));
    if (family == AF_UNSPEC) {
        dgram_disconnect(d);
        return 0;
    }
    int r = autobind(d);
    return r < 0 ? r : dgram_connect(s, name, len);
}

/* Fills in the header in front of the data and sends. */
static int send_one(struct dgram *d, struct pbuf *p, const struct dgram_to *to)
{
    struct udp_hdr *h = p->payload;
    struct netif *nif = to->nif;
    bool six = IP_IS_V6(&to->dst);
    u32 header = six ? IP6_HLEN : IP_HLEN, mtu = inet_mtu(nif, six);
    bool no_sum = six ? d->proto_opt & UDP_OPT_NO_CHECK6_TX : d->is.s.options & SOCK_OPT_NO_CHECK;
    h->src = lwip_htons(d->is.local_port);
    h->dest = lwip_htons(to->port);
    h->len = lwip_htons(p->tot_len);
    h->chksum = 0;
    /* The device sums up whole datagrams, not fragments, and not those that come back to us. */
    bool plain = inet_kind(&to->dst) == INET_FOREIGN && p->tot_len + header <= mtu;
    bool device = !(nif->chksum_flags & NETIF_CHECKSUM_GEN_UDP);
    bool lo = nif->name[0] == 'l' && nif->name[1] == 'o';
    if (!no_sum && !lo && !(plain && device)) {
        h->chksum = ip_chksum_pseudo(p, IPPROTO_UDP, p->tot_len, &to->src, &to->dst);
        if (!h->chksum)
            h->chksum = 0xffff;
    }
    return dgram_output(d, p, to, IPPROTO_UDP);
}

/* The most data that goes to `to`: by what lwIP's sizes hold and by IP_MTU_DISCOVER. */
static u32 most(const struct dgram *d, const struct dgram_to *to)
{
    bool six = IP_IS_V6(&to->dst);
    u32 header = (six ? IP6_HLEN : IP_HLEN) + UDP_HEADER;
    u8 pmtu = six ? d->is.opt.pmtu6 : d->is.opt.pmtu4;
    u32 mtu = inet_mtu(to->nif, six);
    bool whole = pmtu == IP_PMTUDISC_DO || pmtu == IP_PMTUDISC_PROBE ||
                 (six && d->is.opt.flags & INET_DONTFRAG6);
    return (whole ? MIN(mtu, LENGTH_MAX) : LENGTH_MAX) - header;
}

static int too_big(struct dgram *d, const struct dgram_to *to)
{
    u32 mtu = inet_mtu(to->nif, IP_IS_V6(&to->dst));
    dgram_too_big(d, &to->dst, to->port, MIN(mtu, LENGTH_MAX));
    return -EMSGSIZE;
}

int udp_push(struct dgram *d)
{
    struct udp_cork *c = d->cork;
    if (!c)
        return 0;
    d->cork = 0;
    struct pbuf *p = pbuf_alloc(PBUF_IP, UDP_HEADER, PBUF_RAM);
    int r = -ENOBUFS;
    if (p) {
        if (c->p)
            pbuf_cat(p, c->p);
        r = send_one(d, p, &c->to);
    } else if (c->p) {
        pbuf_free(c->p);
    }
    mem_free(c);
    return r;
}

static void uncork(struct dgram *d)
{
    if (d->cork && d->cork->p)
        pbuf_free(d->cork->p);
    mem_free(d->cork);
    d->cork = 0;
}

/* More data for the message that is being put together; the first call says where it goes. */
static ssize_t append(struct dgram *d, struct sock_msg *m, const struct dgram_to *to, bool more)
{
    size_t n = m->it->left;
    int err;
    if (!d->cork) {
        d->cork = mem_alloc(sizeof(*d->cork));
        if (!d->cork)
            return -ENOBUFS;
        d->cork->to = *to;
    }
    struct udp_cork *c = d->cork;
    if ((c->p ? c->p->tot_len : 0) + n > most(d, &c->to)) {
        err = too_big(d, &c->to);
        if (!c->p)
            uncork(d);
        return err;
    }
    if (n) {
        struct pbuf *p = dgram_copy(m->it, n, 0, &err);
        if (!p) {
            uncork(d);
            return err;
        }
        if (c->p)
            pbuf_cat(c->p, p);
        else
            c->p = p;
    }
    if (!more) {
        err = udp_push(d);
        if (err < 0)
            return err;
    }
    return (ssize_t)n;
}

/* One send cut into datagrams of to->segment bytes. */
static ssize_t segments(struct dgram *d, struct sock_msg *m, const struct dgram_to *to)
{
    size_t all = m->it->left;
    u32 mtu = inet_mtu(to->nif, IP_IS_V6(&to->dst));
    u32 header = (IP_IS_V6(&to->dst) ? IP6_HLEN : IP_HLEN) + UDP_HEADER;
    if (to->segment + header > mtu || all > (size_t)to->segment * SEGMENTS_MAX)
        return -EINVAL;
    while (m->it->left) {
        int err;
        struct pbuf *p = dgram_copy(m->it, MIN(m->it->left, to->segment), UDP_HEADER, &err);
        if (p)
            err = send_one(d, p, to);
        if (err < 0)
            return err;
    }
    return (ssize_t)all;
}

static ssize_t udp_send(struct socket *s, struct sock_msg *m)
{
    struct dgram *d = dgram_of(s);
    bool more = m->flags & MSG_MORE || d->proto_opt & UDP_OPT_CORK;
    size_t n = m->it->left;
    struct dgram_to to;
    int r = autobind(d);
    if (r < 0)
        return r;
    if (n > LENGTH_MAX)
        return -EMSGSIZE;
    if (m->flags & MSG_OOB)
        return -EOPNOTSUPP;
    if (d->cork)
        return append(d, m, 0, more);
    r = dgram_to(d, m, true, &to);
    if (r < 0)
        return r;
    if (n > most(d, &to))
        return too_big(d, &to);
    r = dgram_may_send(d);
    if (r < 0)
        return r;
    if (more)
        return append(d, m, &to, true);
    if (to.segment && n > to.segment)
        return segments(d, m, &to);
    struct pbuf *p = dgram_copy(m->it, n, UDP_HEADER, &r);
    if (!p)
        return r;
    r = send_one(d, p, &to);
    return r < 0 ? r : (ssize_t)n;
}

static const struct {
    int name;
    u32 flag;
} flags[] = {{UDP_CORK, UDP_OPT_CORK},
             {UDP_NO_CHECK6_TX, UDP_OPT_NO_CHECK6_TX},
             {UDP_NO_CHECK6_RX, UDP_OPT_NO_CHECK6_RX},
             {UDP_GRO, UDP_OPT_GRO}};

static int udp_setopt(struct socket *s, int level, int name, const void *val, unsigned len)
{
    struct dgram *d = dgram_of(s);
    int v;
    if (level != SOL_UDP)
        return inet_setopt(&d->is, level, name, val, len);
    if (len < sizeof(v))
        return -EINVAL;
    memcpy(&v, val, sizeof(v));
    if (name == UDP_SEGMENT) {
        if (v < 0 || v > 65535)
            return -EINVAL;
        d->segment = (u16)v;
        return 0;
    }
    for (unsigned i = 0; i < ARRAY_SIZE(flags); i++) {
        if (flags[i].name != name)
            continue;
        d->proto_opt = v ? d->proto_opt | flags[i].flag : d->proto_opt & ~flags[i].flag;
        if (name == UDP_CORK && !v)
            udp_push(d);
        return 0;
    }
    return -ENOPROTOOPT;
}

static int udp_getopt(struct socket *s, int level, int name, void *val, unsigned *len)
{
    struct dgram *d = dgram_of(s);
    int v = -1;
    if (level != SOL_UDP)
        return inet_getopt(&d->is, level, name, val, len);
    if (name == UDP_SEGMENT)
        v = d->segment;
    for (unsigned i = 0; i < ARRAY_SIZE(flags); i++)
        if (flags[i].name == name)
            v = (d->proto_opt & flags[i].flag) != 0;
    if (v < 0)
        return -ENOPROTOOPT;
    *len = MIN(*len, (unsigned)sizeof(v));
    memcpy(val, &v, *len);
    return 0;
}

static void udp_release(struct socket *s)
{
    struct dgram *d = dgram_of(s);
    uncork(d);
    dgram_free(d);
}

/* Who resolves names does it by UDP, and finds the servers in a file that DHCP fills. */
extern const char net_resolv_linked;
extern const char *const proc_net_inet_linked[];
__attribute__((used)) static const void *const linked[] = {&net_resolv_linked,
                                                           proc_net_inet_linked};

static const struct socket_ops udp_ops = {
    .bind = udp_bind,
    .connect = udp_connect,
    .send = udp_send,
    .recv = dgram_recv,
    .shutdown = dgram_shutdown,
    .getname = inet_getname,
    .setopt = udp_setopt,
    .getopt = udp_getopt,
    .poll = dgram_poll,
    .ioctl = inet_ioctl,
    .pending = dgram_pending,
    .release = udp_release,
};

int udp_socket(int family, struct socket **out)
{
    if (udp_input_start() < 0)
        return -ENOMEM;
    dgram_errors_start();
    struct dgram *d = dgram_new(&udp_ops, family, SOCK_DGRAM, IPPROTO_UDP);
    if (!d)
        return -ENOMEM;
    d->unbind = udp_port_put;
    *out = &d->is.s;
    return 0;
}
