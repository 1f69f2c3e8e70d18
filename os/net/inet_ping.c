/* Ping sockets: SOCK_DGRAM of IPPROTO_ICMP, IPPROTO_ICMPV6 (icmp(7)). Echo requests leave, the
 * replies to them come back; the identifier is the socket's "port". Everybody may have one, as in a
 * container (net.ipv4.ping_group_range is open). */
#include <linux/in.h>
#include <linux/in6.h>

#include <lwip/inet_chksum.h>
#include <lwip/ip.h>
#include <lwip/prot/icmp.h>
#include <lwip/prot/icmp6.h>
#include <lwip/raw.h>

#include "base/string.h"
#include "net/dgram.h"

#define ECHO_HEADER 8u /* RFC 792, RFC 4443 4.1: type, code, checksum, identifier, sequence */
#define LENGTH_MAX 65535u

static struct list sockets = LIST_INIT(sockets);

static struct dgram *find(u16 id, bool six)
{
    list_foreach(it, &sockets)
    {
        struct dgram *d = list_entry(it, struct dgram, bound);
        if (d->is.local_port == id && (d->is.s.family == AF_INET6) == six)
            return d;
    }
    return 0;
}

static u8 ping_seen(void *arg, struct raw_pcb *pcb, struct pbuf *p, const ip_addr_t *addr)
{
    u8 h[ECHO_HEADER];
    u16 at = ip_current_header_tot_len();
    bool six = ip_current_is_v6();
    (void)arg, (void)pcb;
    if (pbuf_copy_partial(p, h, sizeof(h), at) != sizeof(h) || h[1] ||
        h[0] != (six ? ICMP6_TYPE_EREP : ICMP_ER))
        return 0;
    struct dgram *d = find((u16)(h[4] << 8 | h[5]), six);
    if (!d ||
        (!ip_addr_isany(&d->is.local) &&
         !ip_addr_cmp_zoneless(&d->is.local, ip_current_dest_addr())) ||
        (d->connected && !ip_addr_cmp_zoneless(&d->is.remote, addr)))
        return 0;
    struct pbuf *copy = pbuf_clone(PBUF_RAW, PBUF_RAM, p);
    if (!copy)
        return 0;
    pbuf_remove_header(copy, at);
    if (!six && inet_chksum_pbuf(copy) != 0) /* IPv6's has been looked at by nobody yet */
        pbuf_free(copy);
    else if (six &&
             ip_chksum_pseudo(copy, IPPROTO_ICMPV6, copy->tot_len, ip_current_src_addr(),
                              ip_current_dest_addr()) != 0 &&
             h[2] | h[3])
        pbuf_free(copy);
    else
        dgram_queue(d, copy, 0, 0);
    return 0;
}

bool ping_error(u16 id, const struct dgram_msg *e, bool fatal)
{
    struct dgram *d = find(id, IP_IS_V6_VAL(e->src));
    if (!d)
        return false;
    dgram_error(d, e, fatal);
    return true;
}

static int take_id(struct dgram *d, const ip_addr_t *ip, u16 id)
{
    bool six = d->is.s.family == AF_INET6;
    u32 state = 0;
    for (unsigned n = 0; !id && n < INET_EPHEMERAL; n++) {
        u16 next = inet_ephemeral(&state);
        if (!find(next, six))
            id = next;
    }
    if (!id)
        return -EADDRINUSE;
    d->is.local = *ip;
    d->is.local_port = id;
    list_add(&sockets, &d->bound);
    return 0;
}

static int autobind(struct dgram *d)
{
    ip_addr_t ip = d->is.local;
    return d->is.local_port ? 0 : take_id(d, &ip, 0) < 0 ? -EAGAIN : 0;
}

static void ping_unbind(struct dgram *d)
{
    list_del(&d->bound);
    d->is.local_port = 0;
}

static int ping_bind(struct socket *s, const void *name, unsigned len)
{
    struct dgram *d = dgram_of(s);
    ip_addr_t ip;
    u16 id;
    int r = inet_bind_check(&d->is, name, len, true, &ip, &id);
    if (r == -EACCES) /* an identifier is nobody's privilege */
        r = 0;
    if (r == 0)
        r = take_id(d, &ip, id);
    if (r < 0)
        return r;
    d->addr_fixed = !ip_addr_isany(&ip);
    d->port_fixed = id != 0;
    return 0;
}

static int ping_connect(struct socket *s, const void *name, unsigned len)
{
    u16 family;
    if (len < sizeof(family))
        return -EINVAL;
    memcpy(&family, name, sizeof(family));
    if (family == AF_UNSPEC) {
        dgram_disconnect(dgram_of(s));
        return 0;
    }
    int r = autobind(dgram_of(s));
    return r < 0 ? r : dgram_connect(s, name, len);
}

static ssize_t ping_send(struct socket *s, struct sock_msg *m)
{
    struct dgram *d = dgram_of(s);
    bool six = s->family == AF_INET6;
    size_t n = m->it->left;
    struct dgram_to to;
    int r = autobind(d);
    if (r < 0)
        return r;
    if (n > LENGTH_MAX - (six ? IP6_HLEN : IP_HLEN))
        return -EMSGSIZE;
    if (n < ECHO_HEADER)
        return -EINVAL;
    if (m->flags & MSG_OOB)
        return -EOPNOTSUPP;
    r = dgram_to(d, m, false, &to);
    if (r == 0)
        r = IP_IS_V6(&to.dst) == six ? dgram_may_send(d) : -EINVAL;
    if (r < 0)
        return r;
    struct pbuf *p = dgram_copy(m->it, n, 0, &r);
    if (!p)
        return r;
    u8 *h = p->payload;
    if (h[0] != (six ? ICMP6_TYPE_EREQ : ICMP_ECHO) || h[1]) {
        pbuf_free(p);
        return -EINVAL;
    }
    h[4] = (u8)(d->is.local_port >> 8);
    h[5] = (u8)d->is.local_port;
    h[2] = h[3] = 0;
    u16 sum = six ? ip_chksum_pseudo(p, IPPROTO_ICMPV6, p->tot_len, &to.src, &to.dst)
                  : inet_chksum_pbuf(p);
    memcpy(h + 2, &sum, sizeof(sum));
    r = dgram_output(d, p, &to, six ? IPPROTO_ICMPV6 : IPPROTO_ICMP);
    return r < 0 ? r : (ssize_t)n;
}

static int ping_setopt(struct socket *s, int level, int name, const void *val, unsigned len)
{
    return inet_setopt(inet_socket_of(s), level, name, val, len);
}

static int ping_getopt(struct socket *s, int level, int name, void *val, unsigned *len)
{
    return inet_getopt(inet_socket_of(s), level, name, val, len);
}

static void ping_release(struct socket *s)
{
    dgram_free(dgram_of(s));
}

static const struct socket_ops ping_ops = {
    .bind = ping_bind,
    .connect = ping_connect,
    .send = ping_send,
    .recv = dgram_recv,
    .shutdown = dgram_shutdown,
    .getname = inet_getname,
    .setopt = ping_setopt,
    .getopt = ping_getopt,
    .poll = dgram_poll,
    .ioctl = inet_ioctl,
    .pending = dgram_pending,
    .release = ping_release,
};

int ping_socket(int family, struct socket **out)
{
    static bool started;
    static const u8 protocols[] = {IPPROTO_ICMP, IPPROTO_ICMPV6};
    dgram_errors_start();
    for (unsigned i = 0; !started && i < sizeof(protocols); i++) {
        struct raw_pcb *pcb = raw_new_ip_type(IPADDR_TYPE_ANY, protocols[i]);
        if (!pcb)
            return -ENOMEM;
        raw_recv(pcb, ping_seen, 0);
    }
    started = true;
    struct dgram *d =
        dgram_new(&ping_ops, family, SOCK_DGRAM, family == AF_INET ? IPPROTO_ICMP : IPPROTO_ICMPV6);
    if (!d)
        return -ENOMEM;
    if (family == AF_INET6) {
        ip_addr_set_any_val(true, d->is.local);
        d->is.opt.flags |= INET_V6ONLY;
    }
    d->is.s.options |= SOCK_OPT_REUSEADDR; /* several may have one identifier */
    d->unbind = ping_unbind;
    *out = &d->is.s;
    return 0;
}
