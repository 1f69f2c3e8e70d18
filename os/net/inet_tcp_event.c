/* What lwIP tells a TCP socket, and the tie between the socket and lwIP's pcb. Called from inside
 * lwIP: nothing here sleeps, calls net_kick or ends a pcb. */
#include <linux/eventpoll.h>

#include <lwip/priv/tcp_priv.h>

#include "base/string.h"
#include "mem/alloc.h"
#include "net/inet_tcp.h"
#include "net/virtio_net_left.h"

/* A connection whose program keeps up gets a window of at most this (Linux: tcp_rmem[2]). */
#define WINDOW_MOST (4u << 20)

#define GATHERED 0x80u   /* of pbuf.flags: room for GATHER_SIZE bytes, ours alone */
#define GATHER_SIZE 1984 /* a buffer of this size and its header fill a size class */
#define GATHER_LEN 512   /* longer pieces stay where they are */
#define GATHER_AFTER 16

/* What all windows together may grow by: an eighth of the memory, in case nobody reads. */
static u64 grown;

/* Small pieces that nobody reads would each hold a buffer for a whole frame: behind the first few
 * they are copied together. */
static bool gather(struct tcps *t, struct pbuf *p)
{
    struct pbuf *last = t->rx_last;
    if (!(last->flags & GATHERED) || last->len + p->len > GATHER_SIZE) {
        last = pbuf_alloc(PBUF_RAW, GATHER_SIZE, PBUF_RAM);
        if (!last)
            return false;
        last->flags |= GATHERED;
        last->len = last->tot_len = 0;
        t->rx_last->next = last;
        t->rx_last = last;
        t->rx_count++;
    }
    memcpy((char *)last->payload + last->len, p->payload, p->len);
    last->len = (u16_t)(last->len + p->len);
    t->rx_len += p->len;
    pbuf_free(p);
    return true;
}

static void append(struct tcps *t, struct pbuf *p)
{
    while (!p->len && p->next) { /* headers were all that it held */
        struct pbuf *next = p->next;
        p->next = 0;
        pbuf_free(p);
        p = next;
    }
    if (t->rx_count >= GATHER_AFTER && p->len <= GATHER_LEN && !p->next && !left_is(p) &&
        gather(t, p))
        return;
    if (t->rx)
        t->rx_last->next = p;
    else
        t->rx = p;
    for (; p->next; p = p->next, t->rx_count++)
        t->rx_len += p->len;
    t->rx_len += p->len;
    t->rx_count++;
    t->rx_last = p;
}

void tcps_drop_rx(struct tcps *t)
{
    for (struct pbuf *p = t->rx, *next; p; p = next) {
        next = p->next;
        p->next = 0;
        pbuf_free(p);
    }
    t->rx = t->rx_last = 0;
    t->rx_len = 0;
    t->rx_off = t->rx_count = 0;
}

/* The peer sends no more. If we have ended too, lwIP needs nobody for what is left to do. */
static void finished(struct tcps *t, struct tcp_pcb *pcb)
{
    t->flags |= TCPS_FIN;
    t->is.s.shut |= 1;
    if (pcb->state == TIME_WAIT || pcb->state == CLOSING) {
        tcps_detach(t);
        t->state = TCPS_CLOSED;
        t->is.s.shut = 3;
    }
}

static err_t on_recv(void *arg, struct tcp_pcb *pcb, struct pbuf *p, err_t err)
{
    struct tcps *t = arg;
    u32 events = EPOLLIN | EPOLLRDNORM;
    (void)err;
    if (p) {
        append(t, p);
        if (t->rx_len < t->is.s.rcvlowat)
            events = 0;
    } else {
        finished(t, pcb);
        events |= EPOLLRDHUP | (t->is.s.shut == 3 ? EPOLLHUP : 0);
    }
    if (t->parent)
        tcps_early_done(t);
    else if (events)
        sock_wake(&t->is.s, events);
    return ERR_OK;
}

static err_t on_sent(void *arg, struct tcp_pcb *pcb, u16_t len)
{
    struct tcps *t = arg;
    (void)pcb;
    (void)len;
    if (t->flags & TCPS_NOSPACE && tcps_writable(t)) {
        t->flags &= ~TCPS_NOSPACE;
        sock_wake(&t->is.s, EPOLLOUT | EPOLLWRNORM);
    }
    return ERR_OK;
}

/* From lwIP's ICMP: what a router or the peer's host says about a segment. Only a connection that
 * is being made ends by it (RFC 1122, 4.2.3.9); another remembers nothing. */
void inet_tcp_error(const ip_addr_t *local, u16 port, const ip_addr_t *remote, u16 remote_port,
                    int error, bool fatal)
{
    struct tcp_pcb *pcb = net_tcp_find(local, port, remote, remote_port, NETIF_NO_INDEX);
    (void)fatal;
    if (pcb && pcb->state == SYN_SENT && pcb->callback_arg)
        tcps_fail(pcb->callback_arg, error < 0 ? error : -error);
}

/* The pcb is gone. */
static void on_error(void *arg, err_t err)
{
    struct tcps *t = arg;
    int error = 0;
    if (err == ERR_RST)
        error = t->state == TCPS_CONNECTING ? -ECONNREFUSED
                : t->flags & TCPS_FIN       ? -EPIPE
                                            : -ECONNRESET;
    else if (err != ERR_CLSD)
        error = -ETIMEDOUT;
    t->pcb = 0;
    grown -= t->window;
    t->window = 0;
    tcps_fail(t, error);
}

void tcps_fail(struct tcps *t, int error)
{
    struct socket *s = &t->is.s;
    if (t->pcb)
        tcps_abort(t);
    t->state = TCPS_CLOSED;
    s->shut = 3;
    if (error)
        s->error = error;
    if (t->x)
        tcps_timer_update(t);
    if (t->parent)
        tcps_early_done(t);
    sock_wake(s, ~0u);
}

void tcps_grow(struct tcps *t)
{
    u32 more = MIN(TCP_WND + t->window, WINDOW_MOST - TCP_WND - t->window);
    t->rx_seen = 0;
    if (!more || t->is.s.options & SOCK_OPT_RCVBUF_LOCK || grown + more > mem_total() / 8)
        return;
    grown += more;
    t->window += more;
    tcps_apply(t);
}

u32 tcps_window(const struct tcps *t)
{
    u32 size = t->is.s.options & SOCK_OPT_RCVBUF_LOCK ? t->is.s.rcvbuf : TCP_WND + t->window;
    return t->x && t->x->clamp ? MIN(size, t->x->clamp) : size;
}

void tcps_apply(struct tcps *t)
{
    struct tcp_pcb *pcb = t->pcb;
    const struct tcps_extra *x = t->x;
    u32 o = t->is.s.options, size;
    if (t->state == TCPS_LISTEN)
        tcps_group_update(t->l->group);
    if (!pcb)
        return;
    pcb->ttl = inet_ttl(&t->is, &pcb->remote_ip);
    pcb->tos = inet_tos(&t->is, &pcb->remote_ip);
    pcb->so_options = (u8)(SOF_REUSEADDR | (o & SOCK_OPT_KEEPALIVE ? SOF_KEEPALIVE : 0) |
                           (o & SOCK_OPT_REUSEADDR ? TCPS_SO_REUSE : 0) |
                           (o & SOCK_OPT_REUSEPORT ? TCPS_SO_REUSEPORT : 0));
    if (t->flags & TCPS_NODELAY)
        tcp_nagle_disable(pcb);
    else
        tcp_nagle_enable(pcb);
    size = tcps_window(t); /* what was announced is not taken back */
    if (size > pcb->rcv_wnd_max || (size != pcb->rcv_wnd_max && pcb->state < ESTABLISHED))
        tcp_rcvbuf(pcb, size);
    if (x) {
        pcb->keep_idle = x->keep_idle ? x->keep_idle * 1000 : TCP_KEEPIDLE_DEFAULT;
        pcb->keep_intvl = x->keep_intvl ? x->keep_intvl * 1000 : TCP_KEEPINTVL_DEFAULT;
        pcb->keep_cnt = x->keep_cnt ? x->keep_cnt : TCP_KEEPCNT_DEFAULT;
    }
    net_tcp_timer(pcb); /* which keeps it alive */
}

void tcps_established(struct tcps *t)
{
    if (t->x && t->x->maxseg && t->x->maxseg < t->pcb->mss)
        t->pcb->mss = (u16)t->x->maxseg;
}

void tcps_attach(struct tcps *t, struct tcp_pcb *pcb)
{
    t->pcb = pcb;
    tcp_arg(pcb, t);
    tcp_recv(pcb, on_recv);
    tcp_sent(pcb, on_sent);
    tcp_err(pcb, on_error);
    tcps_apply(t);
}

void tcps_detach(struct tcps *t)
{
    struct tcp_pcb *pcb = t->pcb;
    t->pcb = 0;
    grown -= t->window;
    t->window = 0;
    tcp_arg(pcb, 0);
    tcp_recv(pcb, 0);
    tcp_sent(pcb, 0);
    tcp_err(pcb, 0);
}

void tcps_leave(struct tcps *t)
{
    struct tcp_pcb *pcb = t->pcb;
    bool waits = pcb->state == FIN_WAIT_2; /* for the peer's FIN: from now on not for ever */
    tcps_detach(t);
    tcp_close(pcb);
    if (waits) {
        pcb->tmr = tcp_ticks;
        net_tcp_timer(pcb);
    }
}

void tcps_abort(struct tcps *t)
{
    struct tcp_pcb *pcb = t->pcb;
    tcps_detach(t);
    tcp_abandon(pcb, pcb->state != SYN_SENT);
}
