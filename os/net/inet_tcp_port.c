/* bind for TCP: which ports are taken, and by whom they may be shared.
 *
 * Two sockets share a port if their addresses do not meet, or both have SO_REUSEADDR and the first
 * does not listen, or both have SO_REUSEPORT. A connection counts with the options of its socket,
 * also when that is gone (TIME_WAIT): they are marked in the pcb. */
#include <lwip/priv/tcp_priv.h>

#include "net/inet_tcp.h"

#define BUCKETS 64u

static struct list ports[BUCKETS];
static u32 next_port;

static struct list *bucket(u16 port)
{
    if (!ports[0].next)
        for (unsigned i = 0; i < BUCKETS; i++)
            list_init(&ports[i]);
    return &ports[port % BUCKETS];
}

static bool other_device(const struct tcps *t, u32 device)
{
    return t->is.s.bound_if && device && t->is.s.bound_if != device;
}

static bool conflict_bound(const struct tcps *t, const ip_addr_t *ip, u16 port)
{
    u32 mine = t->is.s.options;
    list_foreach(n, bucket(port))
    {
        const struct tcps *b = list_entry(n, struct tcps, node);
        u32 both = mine & b->is.s.options;
        if (b == t || b->is.local_port != port || other_device(t, b->is.s.bound_if) ||
            (both & SOCK_OPT_REUSEADDR && b->state != TCPS_LISTEN) || both & SOCK_OPT_REUSEPORT)
            continue;
        if (inet_addrs_meet(ip, &b->is.local))
            return true;
    }
    return false;
}

static bool conflict_pcbs(const struct tcps *t, const struct tcp_pcb *pcb, const ip_addr_t *ip,
                          u16 port)
{
    u32 mine = t->is.s.options;
    for (; pcb; pcb = pcb->next) {
        if (pcb->local_port != port || (t->pcb == pcb && t->pcb) || pcb->state == SYN_RCVD)
            continue;
        if ((mine & SOCK_OPT_REUSEADDR && pcb->so_options & TCPS_SO_REUSE) ||
            (mine & SOCK_OPT_REUSEPORT && pcb->so_options & TCPS_SO_REUSEPORT))
            continue;
        if (inet_addrs_meet(ip, &pcb->local_ip))
            return true;
    }
    return false;
}

bool tcps_conflict(const struct tcps *t, const ip_addr_t *ip, u16 port)
{
    return conflict_bound(t, ip, port) || conflict_pcbs(t, tcp_active_pcbs, ip, port) ||
           conflict_pcbs(t, tcp_tw_pcbs, ip, port);
}

static void take(struct tcps *t, const ip_addr_t *ip, u16 port)
{
    t->is.local = *ip;
    t->is.local_port = port;
    list_add(bucket(port), &t->node);
}

int tcps_autobind(struct tcps *t, const ip_addr_t *ip)
{
    u32 state = next_port;
    for (unsigned i = 0; i < INET_EPHEMERAL; i++) {
        u16 port = inet_ephemeral(&state);
        if (!tcps_conflict(t, ip, port)) {
            next_port = state & 0xffff ? state : 0;
            take(t, ip, port);
            return 0;
        }
    }
    return -EADDRINUSE;
}

int tcps_bind(struct socket *s, const void *name, unsigned len)
{
    struct tcps *t = tcps_of(s);
    ip_addr_t ip;
    u16 port;
    tcps_forget_port(t);
    int r = inet_bind_check(&t->is, name, len, false, &ip, &port);
    if (r < 0)
        return r;
    if (t->state != TCPS_NEW && t->state != TCPS_CLOSED)
        return -EINVAL;
    if (port && tcps_conflict(t, &ip, port))
        return -EADDRINUSE;
    if (port)
        take(t, &ip, port);
    else if (t->is.opt.flags & INET_BIND_NO_PORT)
        t->is.local = ip;
    else
        r = tcps_autobind(t, &ip);
    if (r < 0)
        return r;
    if (!ip_addr_isany(&ip))
        t->flags |= TCPS_BOUND_ADDR;
    if (port)
        t->flags |= TCPS_BOUND_PORT;
    return 0;
}

void tcps_forget_port(struct tcps *t)
{
    if (!(t->flags & TCPS_OLD_PORT))
        return;
    t->flags &= ~TCPS_OLD_PORT;
    t->is.local_port = 0;
}

void tcps_unbind(struct tcps *t)
{
    list_del(&t->node);
}

bool tcps_taken(const ip_addr_t *src, u16 sport, const ip_addr_t *dst, u16 dport)
{
    return net_tcp_find(src, sport, dst, dport, NETIF_NO_INDEX) != 0;
}

u16 tcps_port_for(struct tcps *t, const ip_addr_t *src, const ip_addr_t *dst, u16 dport)
{
    for (unsigned i = 0; i < INET_EPHEMERAL; i++) {
        u16 port = inet_ephemeral(&next_port);
        if (port == dport && ip_addr_cmp(src, dst))
            continue; /* it would talk to itself */
        if (!conflict_bound(t, src, port) && !tcps_taken(src, port, dst, dport))
            return port;
    }
    return 0;
}
