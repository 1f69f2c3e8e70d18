/* UDP ports: who has which, and who may share one (Linux's udp_lib_get_port). */
#include "net/inet_udp.h"
#include "vfs/cred.h"

struct list udp_ports[UDP_PORT_HASH];

void udp_ports_start(void)
{
    for (unsigned i = 0; i < UDP_PORT_HASH; i++)
        list_init(&udp_ports[i]);
}

static bool both(const struct dgram *a, const struct dgram *b, u32 option)
{
    return a->is.s.options & b->is.s.options & option;
}

static bool conflict(const struct dgram *d, const ip_addr_t *ip, u16 port)
{
    list_foreach(it, udp_chain(port))
    {
        const struct dgram *o = list_entry(it, struct dgram, bound);
        if (o == d || o->is.local_port != port || both(d, o, SOCK_OPT_REUSEADDR))
            continue;
        if (d->is.s.bound_if && o->is.s.bound_if && d->is.s.bound_if != o->is.s.bound_if)
            continue;
        if (inet_addrs_meet(ip, &o->is.local) && !both(d, o, SOCK_OPT_REUSEPORT))
            return true;
    }
    return false;
}

static u16 any_port(const struct dgram *d, const ip_addr_t *ip)
{
    u32 state = 0;
    for (unsigned n = 0; n < INET_EPHEMERAL; n++) {
        u16 port = inet_ephemeral(&state);
        if (!conflict(d, ip, port))
            return port;
    }
    return 0;
}

int udp_port_get(struct dgram *d, const ip_addr_t *ip, u16 port)
{
    if (!port)
        port = any_port(d, ip);
    else if (conflict(d, ip, port))
        port = 0;
    if (!port)
        return -EADDRINUSE;
    d->is.local = *ip;
    d->is.local_port = port;
    list_add(udp_chain(port), &d->bound);
    return 0;
}

void udp_port_put(struct dgram *d)
{
    list_del(&d->bound);
    d->is.local_port = 0;
}
