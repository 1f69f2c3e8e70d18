/* connect of datagram sockets: an address to send to and to hear from (Linux's
 * ip4_datagram_connect, ip6_datagram_connect, __udp_disconnect). */
#include <linux/in.h>

#include "base/string.h"
#include "net/dgram.h"

void dgram_disconnect(struct dgram *d)
{
    d->connected = false;
    inet_any(&d->is, &d->is.remote);
    d->is.remote_port = 0;
    if (!d->addr_fixed)
        inet_any(&d->is, &d->is.local);
    if (!d->port_fixed && d->unbind)
        d->unbind(d);
}

int dgram_connect(struct socket *s, const void *name, unsigned len)
{
    struct dgram *d = dgram_of(s);
    ip_addr_t dst, src = d->is.local; /* kept from the connect before, as on Linux */
    struct netif *nif;
    bool zone_missing;
    u16 port;
    int r = inet_name_get(&d->is, name, len, &dst, &port, &zone_missing);
    if (r < 0)
        return r;
    if (IP_IS_V4(&dst) && s->family == AF_INET6 && d->is.opt.flags & INET_V6ONLY)
        return -ENETUNREACH;
    if (zone_missing && IP_IS_V6(&dst))
        return -EINVAL;
    r = inet_route(&d->is, &dst, &src, s->bound_if, &nif);
    if (r < 0)
        return r;
    if (inet_kind(&dst) == INET_BROADCAST && !(s->options & SOCK_OPT_BROADCAST))
        return -EACCES;
    if (!d->addr_fixed)
        d->is.local = src;
    d->is.remote = dst;
    d->is.remote_port = port;
    d->connected = true;
    return 0;
}
