/* Receiving on a TCP socket: bytes are copied from lwIP's buffers to the program, or come straight
 * from the host where they still are (virtio_net_left.h), and the window opens as they are taken.
 */
#include <lwip/priv/tcp_priv.h>

#include "net/inet_tcp.h"
#include "net/virtio_net_left.h"

/* A read that has given this much ends before a payload that is the host's and does not fit. */
#define ENOUGH 16384u

/* Gives the peer room for n more bytes. A program that reads again without having answered is told
 * things one way: its peer, which may hold small pieces back until the last one is acknowledged
 * (RFC 1122, 4.2.3.4), gets that at once, as from Linux. */
static void credit(struct tcps *t, u32 n)
{
    u32 done = n;
    if (!t->pcb || !n)
        return;
    struct tcp_pcb *pcb = t->pcb;
    u32 edge = pcb->rcv_ann_right_edge;
    if (n > 0xffff) { /* all of it is told at once */
        pcb->rcv_wnd = MIN(pcb->rcv_wnd + (n - 0xffff), TCP_WND_MAX(pcb));
        n = 0xffff;
    }
    tcp_recved(pcb, (u16_t)n);
    if (unlikely((t->rx_seen += done) >= pcb->rcv_wnd_max))
        tcps_grow(t);
    bool one_way = t->flags & TCPS_HEARD && !t->rx_len &&
                   (pcb->flags & (TF_ACK_DELAY | TF_ACK_SOON)) == TF_ACK_DELAY;
    if (one_way && !(t->flags & TCPS_NOQUICKACK)) {
        tcp_ack_now(pcb);
        tcp_output(pcb);
        net_kick();
    } else if (pcb->rcv_ann_right_edge != edge) {
        net_kick();
    }
    t->flags |= TCPS_HEARD;
}

/* Takes n bytes off the queue's first buffer. */
static void consume(struct tcps *t, u32 n)
{
    struct pbuf *p = t->rx;
    t->rx_len -= n;
    t->rx_off = (u16)(t->rx_off + n);
    if (t->rx_off < p->len)
        return;
    t->rx = p->next;
    t->rx_off = 0;
    t->rx_count--;
    p->next = 0;
    pbuf_free(p);
}

/* What is read next is lost, and so is the connection. */
static ssize_t lost(struct tcps *t)
{
    tcps_drop_rx(t);
    tcps_fail(t, -ECONNRESET);
    return -ECONNRESET;
}

/* The first buffer's bytes are the host's: moves as many as fit. 0: they are in memory now, or, if
 * `done` is enough, still where they were. */
static ssize_t take_left(struct tcps *t, struct iter *it, size_t done)
{
    size_t n, got = 0;
    void *to = iter_peek(it, &n);
    if (!t->rx_off)
        got = left_read(t->rx, to, n);
    if (!got && done >= ENOUGH)
        return 0;
    if (!got && left_load(t->rx) < 0)
        return lost(t);
    iter_skip(it, got);
    for (size_t left = got; left;) {
        u32 part = (u32)MIN(left, t->rx->len);
        consume(t, part);
        left -= part;
    }
    return (ssize_t)got;
}

/* Moves what is there, as far as the program has room: bytes, or -EFAULT. */
static ssize_t take(struct tcps *t, struct iter *it, u32 flags)
{
    size_t done = 0;
    bool asked = false;
    t->flags &= ~TCPS_DRY;
    while (t->rx_len && it->left) {
        struct pbuf *p = t->rx;
        if (left_is(p) && !(flags & MSG_TRUNC)) {
            ssize_t r = take_left(t, it, done);
            if (r < 0)
                return done ? (ssize_t)done : sock_error(&t->is.s);
            asked = true;
            done += (size_t)r;
            if (!r && left_is(p))
                break;
            continue;
        }
        size_t n = MIN((size_t)(p->len - t->rx_off), it->left);
        ssize_t got = (ssize_t)n;
        if (flags & MSG_TRUNC)
            iter_skip(it, n);
        else
            got = iter_put(it, (const char *)p->payload + t->rx_off, n);
        if (got != (ssize_t)n) { /* as Linux: nothing is taken of what cannot all be copied */
            if (done)
                break;
            return -EFAULT;
        }
        done += n;
        consume(t, (u32)n);
    }
    credit(t, (u32)done);
    if (asked) /* the host was heard */
        net_kick();
    return (ssize_t)done;
}

/* The same without taking it, from `skip` bytes on. */
static ssize_t look(struct tcps *t, struct iter *it, u32 flags, size_t skip)
{
    size_t done = 0, off = t->rx_off + skip;
    bool asked = false;
    for (struct pbuf *p = t->rx; p && it->left; p = p->next) {
        if (off >= p->len) {
            off -= p->len;
            continue;
        }
        size_t n = MIN(p->len - off, it->left);
        ssize_t got = (ssize_t)n;
        if (flags & MSG_TRUNC)
            iter_skip(it, n);
        else if (left_is(p) && (asked = true) && left_load(p) < 0)
            return lost(t), done ? (ssize_t)done : sock_error(&t->is.s);
        else
            got = iter_put(it, (const char *)p->payload + off, n);
        if (got != (ssize_t)n)
            return done ? (ssize_t)done : -EFAULT;
        done += n;
        off = 0;
    }
    if (asked)
        net_kick();
    return (ssize_t)done;
}

/* Why nothing (more) comes: 1: wait for it, 2: it has come meanwhile, 0: the end, or -errno. */
static int nothing(struct tcps *t, u32 flags)
{
    struct socket *s = &t->is.s;
    if (t->flags & TCPS_FIN)
        return 0;
    if (s->error)
        return sock_error(s);
    if (s->shut & 1)
        return 0;
    if (t->state == TCPS_NEW || t->state == TCPS_CLOSED)
        return -ENOTCONN;
    if (!sock_nonblock(s, flags))
        return 1;
    return tcps_starved(t) && t->rx_len ? 2 : -EAGAIN;
}

static ssize_t recv_data(struct tcps *t, struct sock_msg *m, size_t target)
{
    struct socket *s = &t->is.s;
    size_t done = 0;
    nsec_t deadline = 0;
    for (;;) {
        ssize_t r;
        if (m->flags & MSG_PEEK)
            r = t->rx_len > done ? look(t, m->it, m->flags, done) : 0;
        else
            r = t->rx_len ? take(t, m->it, m->flags) : 0;
        if (r < 0)
            return done ? (ssize_t)done : r;
        done += (size_t)r;
        if (done >= target || (!m->it->left && t->rx_len))
            return (ssize_t)done;
        if (t->rx_len && !(m->flags & MSG_PEEK))
            continue; /* it came by lo when the window was opened */
        if (done && (s->error || s->shut & 1 || t->state != TCPS_OPEN))
            return (ssize_t)done;
        int why = nothing(t, m->flags);
        if (why == 2)
            continue;
        if (why != 1)
            return done ? (ssize_t)done : why;
        if (!deadline)
            deadline = sock_deadline(s, false);
        why = sock_wait(s, deadline);
        if (why < 0 && !t->rx_len)
            return done ? (ssize_t)done : why;
        if (why < 0 && done)
            return (ssize_t)done;
    }
}

ssize_t tcps_recv(struct socket *s, struct sock_msg *m)
{
    struct tcps *t = tcps_of(s);
    size_t target = m->it->left;
    if (unlikely(m->flags & (MSG_OOB | MSG_ERRQUEUE)))
        return m->flags & MSG_ERRQUEUE ? -EAGAIN : -EINVAL; /* there is no urgent data, no queue */
    if (t->state == TCPS_LISTEN)
        return -ENOTCONN;
    if (!(m->flags & MSG_WAITALL))
        target = MIN(target, s->rcvlowat);
    ssize_t r = recv_data(t, m, target ? target : 1);
    if (r >= 0 && t->flags & TCPS_INQ) {
        int left = (int)t->rx_len;
        sock_cmsg_put(m, SOL_TCP, 36 /* TCP_CM_INQ */, &left, sizeof(left));
    }
    return r;
}
