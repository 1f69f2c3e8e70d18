/* TCP sockets: see inet_tcp.h. The bits that poll tells are Linux's, state by state: a socket that
 * was never connected is hung up and writable. */
#include <linux/eventpoll.h>
#include <linux/in.h>
#include <linux/sockios.h>

#include <lwip/priv/tcp_priv.h>

#include "base/uaccess.h"
#include "mem/alloc.h"
#include "net/inet_tcp.h"

#define RCVBUF_DEFAULT 131072u /* net.ipv4.tcp_rmem[1] */
#define SNDBUF_DEFAULT 16384u  /* net.ipv4.tcp_wmem[1] */

static const struct socket_ops tcps_ops;

extern const char *const proc_net_tcp_linked[];
__attribute__((used)) static const void *const linked = proc_net_tcp_linked;

struct tcps *tcps_new(int family)
{
    struct tcps *t = mem_alloc(sizeof(*t));
    if (!t)
        return 0;
    sock_init(&t->is.s, &tcps_ops, family, SOCK_STREAM, IPPROTO_TCP);
    inet_init(&t->is);
    t->is.s.rcvbuf = RCVBUF_DEFAULT;
    t->is.s.sndbuf = SNDBUF_DEFAULT;
    list_init(&t->node);
    return t;
}

int tcp_socket(int family, struct socket **out)
{
    struct tcps *t = tcps_new(family);
    if (!t)
        return -ENOBUFS;
    *out = &t->is.s;
    return 0;
}

struct tcps_extra *tcps_extra(struct tcps *t)
{
    if (t->x)
        return t->x;
    struct tcps_extra *x = mem_alloc(sizeof(*x));
    if (x) {
        x->t = t;
        x->cork_until = x->defer_until = x->syn_until = NEVER;
        t->x = x;
    }
    return x;
}

void tcps_free(struct tcps *t)
{
    tcps_drop_rx(t);
    tcps_unbind(t);
    inet_opt_release(&t->is);
    if (t->x)
        timer_cancel(&t->x->timer);
    mem_free(t->x);
    mem_free(t);
}

/* The peer hears of it: RST if data was left unread or SO_LINGER says so, else FIN. */
static void tcps_release(struct socket *s)
{
    struct tcps *t = tcps_of(s);
    bool now = s->options & SOCK_OPT_LINGER && s->linger == 0;
    if (t->state == TCPS_LISTEN) {
        tcps_unlisten(t);
    } else if (t->pcb && (t->rx_len || now)) {
        tcps_abort(t);
    } else if (t->pcb) {
        tcps_leave(t);
    }
    tcps_free(t);
    net_kick();
}

static u32 tcps_poll(struct socket *s)
{
    struct tcps *t = tcps_of(s);
    u32 events = s->error ? EPOLLERR : 0;
    if (t->state == TCPS_LISTEN)
        return list_empty(&t->l->ready) ? 0 : EPOLLIN | EPOLLRDNORM;
    if (s->shut == 3 || t->state == TCPS_NEW || t->state == TCPS_CLOSED)
        events |= EPOLLHUP;
    if (s->shut & 1)
        events |= EPOLLIN | EPOLLRDNORM | EPOLLRDHUP;
    if (t->state == TCPS_CONNECTING)
        return events;
    if (t->rx_len >= s->rcvlowat)
        events |= EPOLLIN | EPOLLRDNORM;
    if (s->shut & 2 || tcps_writable(t))
        events |= EPOLLOUT | EPOLLWRNORM;
    else
        t->flags |= TCPS_NOSPACE;
    return events;
}

static int tcps_shutdown(struct socket *s, int how)
{
    struct tcps *t = tcps_of(s);
    int r = 0;
    if (how < SHUT_RD || how > SHUT_RDWR)
        return -EINVAL;
    u16 bits = (u16)(how + 1);
    if (t->phase == TCPS_SS_CONNECTING && t->state == TCPS_OPEN)
        t->phase = TCPS_SS_CONNECTED;
    if (t->state == TCPS_LISTEN) {
        if (bits & 1)
            tcps_disconnect(t);
        return 0;
    }
    if (t->state == TCPS_CONNECTING) {
        tcps_disconnect(t);
        s->error = -ECONNRESET;
        sock_wake(s, ~0u);
        return 0;
    }
    if (t->state == TCPS_NEW || t->state == TCPS_CLOSED)
        r = -ENOTCONN;
    s->shut |= bits;
    if (bits & 2 && t->pcb && !(t->flags & TCPS_SEND_FIN)) {
        t->flags |= TCPS_SEND_FIN;
        tcp_shutdown(t->pcb, 0, 1);
        net_kick();
    }
    sock_wake(s, ~0u);
    return r;
}

static int tcps_getname(struct socket *s, void *name, bool peer)
{
    struct tcps *t = tcps_of(s);
    if (peer && t->state != TCPS_OPEN)
        return -ENOTCONN;
    return inet_getname(s, name, peer);
}

static long tcps_pending(struct socket *s, bool out)
{
    struct tcps *t = tcps_of(s);
    if (t->state == TCPS_LISTEN)
        return -EINVAL;
    if (out)
        return t->state == TCPS_CONNECTING ? 0 : tcps_unacked(t);
    return t->state == TCPS_CONNECTING ? 0 : t->rx_len;
}

static long tcps_ioctl(struct socket *s, unsigned cmd, unsigned long arg)
{
    struct tcps *t = tcps_of(s);
    int v = 0;
    switch (cmd) {
    case SIOCATMARK: /* there is no urgent data */
        return USER_PUT((int *)arg, &v);
    case SIOCOUTQNSD:
        if (t->state == TCPS_LISTEN)
            return -EINVAL;
        v = t->state == TCPS_CONNECTING ? 0 : (int)tcps_unsent(t);
        return USER_PUT((int *)arg, &v);
    default:
        return -ENOIOCTLCMD;
    }
}

static const struct socket_ops tcps_ops = {
    .bind = tcps_bind,
    .connect = tcps_connect,
    .listen = tcps_listen,
    .accept = tcps_accept,
    .send = tcps_send,
    .recv = tcps_recv,
    .shutdown = tcps_shutdown,
    .getname = tcps_getname,
    .setopt = tcps_setopt,
    .getopt = tcps_getopt,
    .poll = tcps_poll,
    .ioctl = tcps_ioctl,
    .closing = tcps_closing,
    .release = tcps_release,
    .pending = tcps_pending,
};
