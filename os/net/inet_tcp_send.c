/* Sending on a TCP socket: the program's bytes are copied into lwIP's send queue once; lwIP is told
 * to send at the end of a call, not for every piece. */
#include <asm/socket.h>
#include <linux/eventpoll.h>

#include <lwip/priv/tcp_priv.h>

#include "base/uaccess.h"
#include "net/inet_tcp.h"

#define SEND_DEFAULT TCP_SND_BUF /* bytes of a connection in flight or waiting */
#define SEND_MOST (1u << 20)
#define PIECE_MAX 0xfc00u                /* what one tcp_write takes at most */
#define CORK_TIME (200ull * 1000 * 1000) /* Linux: a corked piece leaves after 200 ms */

u32 tcps_unacked(const struct tcps *t)
{
    const struct tcp_pcb *pcb = t->pcb;
    if (!pcb || t->state == TCPS_LISTEN || pcb->state == SYN_SENT)
        return 0;
    u32 n = pcb->snd_lbb - pcb->lastack;
    return t->flags & TCPS_SEND_FIN && n ? n - 1 : n;
}

u32 tcps_unsent(const struct tcps *t)
{
    const struct tcp_pcb *pcb = t->pcb;
    if (!pcb || t->state == TCPS_LISTEN || pcb->state == SYN_SENT)
        return 0;
    u32 n = pcb->snd_lbb - pcb->snd_nxt;
    return t->flags & TCPS_SEND_FIN && n ? n - 1 : n;
}

/* How many bytes may be queued in all: what the program says, else two congestion windows, so that
 * one can be in flight while the next is written. */
static u32 limit(const struct tcps *t)
{
    if (t->is.s.options & SOCK_OPT_SNDBUF_LOCK)
        return t->is.s.sndbuf;
    return MIN(MAX(t->pcb->cwnd * 2, SEND_DEFAULT), SEND_MOST);
}

static u32 room(const struct tcps *t)
{
    u32 used = tcps_unacked(t), most = limit(t);
    if (used >= most || t->pcb->snd_queuelen >= TCP_SND_QUEUELEN - 64)
        return 0;
    return most - used;
}

/* As Linux: at least a third of the buffer is free, and TCP_NOTSENT_LOWAT is kept. */
bool tcps_writable(const struct tcps *t)
{
    if (!t->pcb)
        return true;
    if (t->x && t->x->lowat && tcps_unsent(t) >= t->x->lowat)
        return false;
    return room(t) >= tcps_unacked(t) / 2 && room(t);
}

void tcps_push(struct tcps *t)
{
    if (t->x)
        t->x->cork_until = NEVER;
    if (t->pcb) {
        tcp_output(t->pcb);
        net_kick();
    }
}

/* The end of a call: what is queued leaves, unless the program says that more comes. */
static void flush(struct tcps *t, u32 flags)
{
    struct tcp_pcb *pcb = t->pcb;
    t->flags &= ~TCPS_HEARD; /* also by what waits for more: it answers */
    if (unlikely(flags & MSG_MORE || t->flags & TCPS_CORK) && pcb->unsent && !pcb->unsent->next &&
        pcb->unsent->len < pcb->mss && tcps_extra(t)) {
        if (t->x->cork_until == NEVER) {
            t->x->cork_until = time_mono() + CORK_TIME;
            tcps_timer_update(t);
        }
        return;
    }
    if (t->x && t->x->cork_until != NEVER)
        t->x->cork_until = NEVER;
    tcp_output(pcb);
    if (t->x && t->x->user_timeout)
        tcps_timer_update(t);
    net_kick();
}

/* How much of [p, p+n) can be read. */
static size_t readable(const char *p, size_t n)
{
    if (likely(user_touch(p, n, false) == 0))
        return n;
    size_t good = 0;
    while (good < n) {
        size_t piece = MIN(n - good, (size_t)(PAGE_UP((u64)p + good + 1) - ((u64)p + good)));
        if (user_touch(p + good, piece, false) < 0)
            break;
        good += piece;
    }
    return good;
}

/* Queues a piece: bytes, 0 if there is no room, or -errno. */
static ssize_t queue(struct tcps *t, struct iter *it, u32 flags)
{
    size_t n, space = room(t);
    const void *p = iter_peek(it, &n);
    n = MIN(MIN(n, space), PIECE_MAX);
    if (!n)
        return 0;
    n = readable(p, n);
    if (!n)
        return -EFAULT;
    t->pcb->snd_buf = MAX(t->pcb->snd_buf, (tcpwnd_size_t)n); /* our own limit counts */
    bool more = flags & MSG_MORE || n < it->left;
    err_t e =
        tcp_write(t->pcb, p, (u16_t)n, TCP_WRITE_FLAG_COPY | (more ? TCP_WRITE_FLAG_MORE : 0));
    if (e == ERR_MEM)
        return t->pcb->snd_queuelen ? 0 : -ENOBUFS;
    if (e != ERR_OK)
        return -EPIPE;
    iter_skip(it, n);
    return (ssize_t)n;
}

/* Can it send? 0: yes; waits for a connection that is being made. -EPIPE also stands for the error
 * that waits in the socket, which is taken by the call that moved nothing. */
static int ready(struct tcps *t, u32 flags, nsec_t *deadline)
{
    struct socket *s = &t->is.s;
    while (unlikely(t->state != TCPS_OPEN)) {
        if (s->error || t->state != TCPS_CONNECTING)
            return -EPIPE;
        if (sock_nonblock(s, flags))
            return -EAGAIN;
        if (!*deadline)
            *deadline = sock_deadline(s, true);
        int r = sock_wait(s, *deadline);
        if (r < 0)
            return r;
    }
    return s->error || s->shut & 2 || !t->pcb ? -EPIPE : 0;
}

static ssize_t send_data(struct tcps *t, struct sock_msg *m)
{
    struct socket *s = &t->is.s;
    size_t done = 0;
    nsec_t deadline = 0;
    ssize_t r = ready(t, m->flags, &deadline);
    while (r >= 0 && m->it->left) {
        r = queue(t, m->it, m->flags);
        if (r > 0) {
            t->flags &= ~TCPS_DRY;
            done += (size_t)r;
            continue;
        }
        if (r < 0)
            break;
        /* Without memory there may be room all the same: then acknowledgements bring some. */
        u32 before = room(t);
        tcps_push(t);
        r = ready(t, m->flags, &deadline);
        if (r < 0)
            break;
        if (room(t) > before)
            continue;
        t->flags |= TCPS_NOSPACE;
        if (sock_nonblock(s, m->flags)) {
            if (!done && tcps_starved(t) && t->pcb && room(t) > before)
                continue;
            r = -EAGAIN;
            break;
        }
        if (!deadline)
            deadline = sock_deadline(s, true);
        r = sock_wait(s, deadline);
        if (r >= 0)
            r = ready(t, m->flags, &deadline);
    }
    if (done && t->pcb)
        flush(t, m->flags);
    return done ? (ssize_t)done : r;
}

/* Of the control messages none means anything to TCP, but they must be well formed. */
static int check_control(const struct sock_msg *m)
{
    const struct cmsghdr_os *c = 0;
    size_t len;
    int err;
    while ((c = sock_cmsg_next(m, c, &len, &err)))
        if (c->level == SOL_SOCKET && c->type != SCM_RIGHTS && c->type != SCM_CREDENTIALS &&
            c->type != SO_MARK && c->type != SO_TIMESTAMPING_OLD && c->type != SO_TXTIME)
            return -EINVAL;
    return err;
}

ssize_t tcps_send(struct socket *s, struct sock_msg *m)
{
    struct tcps *t = tcps_of(s);
    if (unlikely(m->flags & (MSG_OOB | MSG_FASTOPEN)))
        return -EOPNOTSUPP; /* no urgent data: RFC 6093 advises against it; no fast open */
    if (unlikely(m->control_len)) {
        int r = check_control(m);
        if (r < 0)
            return r;
    }
    ssize_t r = send_data(t, m);
    if (unlikely(r == -EPIPE)) {
        int error = sock_error(s);
        return error ? error : sock_epipe(m->flags);
    }
    return r;
}
