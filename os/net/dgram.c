/* The queue of a datagram socket, and what poll says of it (Linux's datagram_poll). */
#include <linux/eventpoll.h>
#include <linux/in.h>
#include <linux/in6.h>

#include <lwip/ip.h>

#include "base/string.h"
#include "mem/alloc.h"
#include "net/dgram.h"
#include "net/netif.h"

struct dgram *dgram_new(const struct socket_ops *ops, int family, int type, int protocol)
{
    struct dgram *d = mem_alloc(sizeof(*d));
    if (!d)
        return 0;
    sock_init(&d->is.s, ops, family, type, protocol);
    inet_init(&d->is);
    list_init(&d->queue);
    list_init(&d->errors);
    list_init(&d->bound);
    d->checksum_at = -1;
    return d;
}

/* What Linux's buffer for a datagram of n bytes takes: a head, the data behind room for headers and
 * before the shared information, in a power of two. */
static u32 truesize(u32 n)
{
    u32 data = ROUND_UP(n + 64, 64u) + 320, size = 512;
    if (data > 16384)
        return ROUND_UP(data, 4096u) + 256;
    while (size < data)
        size *= 2;
    return size + 256;
}

static bool is_driver_memory(const struct pbuf *p)
{
    for (; p; p = p->next)
        if (p->flags & PBUF_FLAG_IS_CUSTOM || p->ref > 1)
            return true;
    return false;
}

static void header_fields(struct dgram_msg *g)
{
    if (ip_current_is_v6()) {
        const struct ip6_hdr *h = ip6_current_header();
        g->ttl = IP6H_HOPLIM(h);
        g->tos = IP6H_TC(h);
        g->flow = h->_v_tc_fl & PP_HTONL(0x0fffffff);
    } else {
        g->ttl = IPH_TTL(ip4_current_header());
        g->tos = IPH_TOS(ip4_current_header());
    }
}

void dgram_queue(struct dgram *d, struct pbuf *p, u16 src_port, u16 dst_port)
{
    u32 charge = truesize(p->tot_len);
    struct dgram_msg *g = 0;
    if (d->queued <= d->is.s.rcvbuf)
        g = mem_alloc(sizeof(*g));
    if (g && is_driver_memory(p)) {
        struct pbuf *copy = pbuf_clone(PBUF_RAW, PBUF_RAM, p);
        pbuf_free(p);
        p = copy;
    }
    if (!g || !p) {
        d->drops++;
        mem_free(g);
        if (p)
            pbuf_free(p);
        return;
    }
    g->p = p;
    g->src = *ip_current_src_addr();
    g->dst = *ip_current_dest_addr();
    g->port = src_port;
    g->dst_port = dst_port;
    g->index = (u8)inet_if_index(ip_current_input_netif());
    header_fields(g);
    g->charge = charge;
    g->drops = d->drops;
    if (d->is.s.options & (SOCK_OPT_TIMESTAMP | SOCK_OPT_TIMESTAMPNS))
        g->time = time_real();
    d->queued += charge;
    list_add_tail(&d->queue, &g->node);
    sock_wake(&d->is.s, EPOLLIN | EPOLLRDNORM);
}

static void drop(struct dgram *d, struct dgram_msg *g)
{
    list_del(&g->node);
    d->queued -= g->charge;
    if (g->p)
        pbuf_free(g->p);
    mem_free(g);
}

void dgram_free(struct dgram *d)
{
    if (d->unbind)
        d->unbind(d);
    inet_opt_release(&d->is);
    list_foreach_safe(it, &d->queue) drop(d, list_entry(it, struct dgram_msg, node));
    list_foreach_safe(it, &d->errors) drop(d, list_entry(it, struct dgram_msg, node));
    mem_free(d);
}

/* Copies min(left, length) bytes to the program: the length of the whole message, or -EFAULT. */
static ssize_t give(const struct pbuf *p, struct sock_msg *m)
{
    size_t whole = p ? p->tot_len : 0, todo = MIN(whole, m->it->left);
    if (todo < whole)
        m->out_flags |= MSG_TRUNC;
    ssize_t done = (ssize_t)todo;
    for (; todo; p = p->next) {
        size_t n = MIN(todo, p->len);
        if (iter_put(m->it, p->payload, n) != (ssize_t)n)
            return -EFAULT;
        todo -= n;
    }
    return m->flags & MSG_TRUNC ? (ssize_t)whole : done;
}

/* The next message; 0 and *err = what recv returns instead. */
static struct dgram_msg *next(struct dgram *d, u32 flags, int *err)
{
    struct socket *s = &d->is.s;
    nsec_t deadline = sock_deadline(s, false);
    for (;;) {
        *err = s->error ? sock_error(s) : 0;
        if (*err)
            return 0;
        if (!list_empty(&d->queue))
            return list_first(&d->queue, struct dgram_msg, node);
        *err = -EAGAIN;
        if (sock_nonblock(s, flags) && net_starved())
            continue;
        if (sock_nonblock(s, flags))
            return 0;
        *err = 0;
        if (s->shut & 1)
            return 0;
        *err = sock_wait(s, deadline);
        if (*err < 0)
            return 0;
    }
}

ssize_t dgram_recv(struct socket *s, struct sock_msg *m)
{
    struct dgram *d = dgram_of(s);
    int err;
    if (m->flags & MSG_ERRQUEUE)
        return dgram_recv_error(d, m);
    if (m->flags & MSG_OOB && s->type == SOCK_RAW)
        return -EOPNOTSUPP;
    struct dgram_msg *g = next(d, m->flags, &err);
    if (!g)
        return err;
    ssize_t r = give(g->p, m);
    if (r >= 0) {
        if (m->name)
            m->name_len = (unsigned)inet_name_put(&d->is, m->name, &g->src, g->port);
        dgram_cmsg(d, g, m);
    }
    if (!(m->flags & MSG_PEEK))
        drop(d, g);
    return r;
}

ssize_t dgram_recv_error(struct dgram *d, struct sock_msg *m)
{
    if (list_empty(&d->errors))
        return -EAGAIN;
    struct dgram_msg *g = list_first(&d->errors, struct dgram_msg, node);
    ssize_t r = give(g->p, m);
    if (r >= 0) {
        m->out_flags |= MSG_ERRQUEUE;
        if (m->name)
            m->name_len = (unsigned)inet_name_put(&d->is, m->name, &g->src, g->port);
        dgram_cmsg(d, g, m);
    }
    drop(d, g);
    if (list_empty(&d->errors))
        d->is.s.error = 0;
    else
        d->is.s.error = -list_first(&d->errors, struct dgram_msg, node)->error;
    return r;
}

u32 dgram_poll(struct socket *s)
{
    struct dgram *d = dgram_of(s);
    u32 mask = EPOLLOUT | EPOLLWRNORM | EPOLLWRBAND; /* what is sent leaves at once */
    if (s->error || !list_empty(&d->errors))
        mask |= EPOLLERR | (s->options & SOCK_OPT_SELECT_ERR ? (u32)EPOLLPRI : 0);
    if (s->shut & 1)
        mask |= EPOLLRDHUP | EPOLLIN | EPOLLRDNORM;
    if ((s->shut & 3) == 3)
        mask |= EPOLLHUP;
    if (!list_empty(&d->queue))
        mask |= EPOLLIN | EPOLLRDNORM;
    return mask;
}

/* FIONREAD tells of the first message alone. */
long dgram_pending(struct socket *s, bool out)
{
    struct dgram *d = dgram_of(s);
    if (out || list_empty(&d->queue))
        return 0;
    return list_first(&d->queue, struct dgram_msg, node)->p->tot_len;
}

/* On a socket without a peer it works and says that it does not, as on Linux. */
int dgram_shutdown(struct socket *s, int how)
{
    if (how < SHUT_RD || how > SHUT_RDWR)
        return -EINVAL;
    s->shut |= (u16)(how + 1);
    sock_wake(s, ~0u);
    return dgram_of(s)->connected ? 0 : -ENOTCONN;
}
