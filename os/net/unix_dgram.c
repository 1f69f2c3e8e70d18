/* SOCK_DGRAM and SOCK_SEQPACKET of AF_UNIX: messages, whole. */
#include <linux/eventpoll.h>

#include "net/linux.h"
#include "net/unix.h"

#define WRITABLE (EPOLLOUT | EPOLLWRNORM | EPOLLWRBAND)

/* Absent in a program that only makes pairs. */
extern __typeof__(unix_find) unix_find WEAK;
extern __typeof__(unix_autobind) unix_autobind WEAK;

static bool relay_wake(struct waiter *w, u32 events)
{
    struct unix_sock *u = container_of(w, struct unix_sock, relay);
    waitq_del(w);
    sock_wake(&u->s, events);
    return true;
}

/* May u send to `to` although its queue is full? A pair, or a socket to itself, always. */
static bool stranger(const struct unix_sock *u, const struct unix_sock *to)
{
    return to != u && to->peer != u;
}

bool unix_relay(struct unix_sock *u, struct unix_sock *peer)
{
    if (!stranger(u, peer) || peer->dead || !unix_full(peer))
        return false;
    waitq_del(&u->relay);
    u->relay.wake = relay_wake;
    waitq_add(&peer->room, &u->relay);
    return true;
}

/* u is no longer connected to `old`: what came from there is void. */
static void disconnected(struct unix_sock *u, struct unix_sock *old)
{
    waitq_del(&u->relay);
    if (!list_empty(&u->queue)) {
        unix_queue_drop(u);
        waitq_wake(&u->room, WRITABLE);
        if (!old->dead && old->peer == u) {
            old->s.error = -ECONNRESET;
            sock_wake(&old->s, EPOLLERR);
        }
    }
}

void unix_disconnect(struct unix_sock *u)
{
    struct unix_sock *old = u->peer;
    if (!old)
        return;
    u->peer = 0;
    disconnected(u, old);
    unix_put(old);
}

/* Who is to get the message, referenced, or -errno. */
static int receiver(struct unix_sock *u, const struct sock_msg *m, struct unix_sock **out)
{
    if (m->name_len)
        return unix_find ? unix_find(m->name, m->name_len, u->s.type, out) : -ECONNREFUSED;
    *out = u->peer;
    if (!u->peer)
        return -ENOTCONN;
    unix_get(u->peer);
    return 0;
}

/* Does the message go to `to` now? 0, -EAGAIN: it must wait for room there; or -errno. */
static int may_send(struct unix_sock *u, struct unix_sock *to)
{
    if (to->peer && to->peer != u && u->s.type == SOCK_DGRAM)
        return -EPERM;
    if (to->dead) {
        if (u->s.type == SOCK_SEQPACKET)
            return -EPIPE;
        if (u->peer == to) {
            u->state = UNIX_FREE;
            unix_disconnect(u);
        }
        return -ECONNREFUSED;
    }
    if (to->s.shut & 1)
        return -EPIPE;
    return stranger(u, to) && unix_full(to) ? -EAGAIN : 0;
}

static void deliver(struct unix_sock *u, struct unix_sock *to, struct unix_packet *p,
                    const struct unix_scm *scm)
{
    if (scm->has_cred)
        p->cred = scm->cred;
    else if ((u->s.options | to->s.options) & SOCK_OPT_PASSCRED)
        p->cred = unix_self();
    list_add_tail(&to->queue, &p->node);
    to->queued++;
    sock_wake(&to->s, EPOLLIN | EPOLLRDNORM);
}

static int send_packet(struct unix_sock *u, struct sock_msg *m, struct unix_packet *p,
                       struct unix_scm *scm, nsec_t deadline)
{
    for (;;) {
        struct unix_sock *to;
        int r = receiver(u, m, &to);
        if (r < 0)
            return r;
        r = may_send(u, to);
        if (r == 0 && scm->files)
            r = unix_scm_attach(scm, p, to);
        if (r == 0)
            deliver(u, to, p, scm);
        bool again = r == -EAGAIN && !sock_nonblock(&u->s, m->flags);
        if (again)
            r = unix_wait_room(to, deadline);
        else if (r == -EAGAIN && u->peer == to)
            unix_relay(u, to);
        unix_put(to);
        if (!again || r < 0)
            return r;
    }
}

static ssize_t send_one(struct unix_sock *u, struct sock_msg *m, struct unix_scm *scm)
{
    size_t n = m->it->left;
    int r = 0;
    if (m->flags & MSG_OOB)
        return -EOPNOTSUPP;
    if (u->s.type == SOCK_SEQPACKET)
        m->name_len = 0;
    if (m->name_len) {
        u16 family;
        __builtin_memcpy(&family, m->name, sizeof(family));
        if (m->name_len <= sizeof(family) || m->name_len > UNIX_NAME_MAX || family != AF_UNIX)
            return -EINVAL;
    } else if (!u->peer) {
        return -ENOTCONN;
    }
    if (u->s.options & SOCK_OPT_PASSCRED && !u->name && unix_autobind)
        r = unix_autobind(u);
    if (r < 0)
        return r;
    if (n > u->s.sndbuf - 32)
        return -EMSGSIZE;
    nsec_t deadline = sock_deadline(&u->s, true);
    struct unix_packet *p = unix_packet_new(u, m, n, deadline, &r);
    if (!p)
        return r;
    r = send_packet(u, m, p, scm, deadline);
    if (r < 0)
        unix_packet_free(p);
    return r < 0 ? r : (ssize_t)n;
}

ssize_t unix_dgram_send(struct socket *s, struct sock_msg *m)
{
    struct unix_sock *u = unix_of(s);
    struct unix_scm scm;
    if (s->type == SOCK_SEQPACKET) {
        if (s->error)
            return sock_error(s);
        if (u->state != UNIX_CONNECTED)
            return -ENOTCONN;
    }
    ssize_t r = unix_scm_get(&scm, m);
    if (r < 0)
        return r;
    r = send_one(u, m, &scm);
    unix_scm_done(&scm);
    return r;
}

/* The packet that a receive is about, *skip bytes of which a look ahead leaves out; or 0. */
static struct unix_packet *next_packet(struct unix_sock *u, bool peek, size_t *skip)
{
    *skip = peek && u->peek_off > 0 ? (u32)u->peek_off : 0;
    list_foreach(it, &u->queue)
    {
        struct unix_packet *p = list_entry(it, struct unix_packet, node);
        if (!*skip || *skip < p->len)
            return p;
        *skip -= p->len;
    }
    return 0;
}

static struct unix_packet *wait_packet(struct unix_sock *u, struct sock_msg *m, size_t *skip,
                                       int *err)
{
    nsec_t deadline = sock_deadline(&u->s, false);
    for (;;) {
        *err = 0;
        if (u->s.error) {
            *err = sock_error(&u->s);
            return 0;
        }
        struct unix_packet *p = next_packet(u, m->flags & MSG_PEEK, skip);
        if (p)
            return p;
        if (sock_nonblock(&u->s, m->flags)) {
            if (!(u->s.type == SOCK_SEQPACKET && u->s.shut & 1))
                *err = -EAGAIN;
            return 0;
        }
        if (u->s.shut & 1)
            return 0;
        *err = sock_wait(&u->s, deadline);
        if (*err < 0)
            return 0;
    }
}

/* It leaves the queue, its charge goes back; what it carries stays. */
static void take_out(struct unix_sock *u, struct unix_packet *p)
{
    list_del(&p->node);
    bool was_full = unix_full(u);
    u->queued--;
    if (u->peek_off > 0)
        u->peek_off = MAX(u->peek_off - (s32)p->len, 0);
    if (was_full)
        waitq_wake(&u->room, WRITABLE);
}

ssize_t unix_dgram_recv(struct socket *s, struct sock_msg *m)
{
    struct unix_sock *u = unix_of(s);
    bool peek = m->flags & MSG_PEEK;
    size_t skip;
    int err;
    m->name_len = 0;
    if (s->type == SOCK_SEQPACKET && u->state != UNIX_CONNECTED)
        return -ENOTCONN;
    if (m->flags & MSG_OOB)
        return -EOPNOTSUPP;
    struct unix_packet *p = wait_packet(u, m, &skip, &err);
    if (!p)
        return err;
    if (!peek)
        take_out(u, p);
    if (m->name && p->from->name) {
        m->name_len = p->from->name->len;
        __builtin_memcpy(m->name, &p->from->name->family, m->name_len);
    }
    size_t left = p->len - skip, n = MIN(left, m->it->left);
    if (n < left)
        m->out_flags |= MSG_TRUNC;
    ssize_t r = m->flags & MSG_TRUNC ? (ssize_t)left : (ssize_t)n;
    if (n && iter_put(m->it, p->data + skip, n) < (ssize_t)n)
        r = -EFAULT;
    if (peek && r >= 0 && u->peek_off >= 0)
        u->peek_off += (s32)n;
    if (r >= 0)
        unix_scm_put(u, m, &p->cred, p->files);
    if (!peek)
        unix_packet_free(p);
    return r;
}
