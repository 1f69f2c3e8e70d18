/* SOCK_STREAM of AF_UNIX: bytes. A packet is what one send brought, or a piece of it; a receive
 * runs over their borders, but not over descriptors, nor, if it wants credentials, from one sender
 * to another (unix(7)). */
#include <linux/eventpoll.h>

#include "net/linux.h"
#include "net/unix.h"

#define READABLE (EPOLLIN | EPOLLRDNORM)

static bool gone(const struct unix_sock *peer)
{
    return peer->dead || peer->s.shut & 1;
}

/* Linux stamps a message with who sent it if either side has asked for that. */
static void stamp(struct unix_packet *p, const struct unix_sock *u, const struct unix_sock *peer,
                  const struct unix_scm *scm)
{
    if (scm->has_cred)
        p->cred = scm->cred;
    else if ((u->s.options | peer->s.options) & SOCK_OPT_PASSCRED)
        p->cred = unix_self();
}

static ssize_t send_pieces(struct unix_sock *u, struct sock_msg *m, struct unix_scm *scm)
{
    nsec_t deadline = sock_deadline(&u->s, true);
    struct unix_sock *peer = u->peer;
    size_t done = 0, piece_max = MIN(UNIX_PIECE, u->s.sndbuf / 2 - 64);
    int r = 0;
    unix_get(peer); /* it may end, but stays ours, while this sleeps */
    while (m->it->left) {
        size_t n = MIN(m->it->left, piece_max);
        if (done && (u->wmem >= u->s.sndbuf || u->s.shut))
            sock_wake(&peer->s, READABLE); /* before waiting: it must read for us to go on */
        struct unix_packet *p = unix_packet_new(u, m, n, deadline, &r);
        if (!p)
            break;
        if (gone(peer)) {
            unix_packet_free(p);
            r = done ? -EPIPE : sock_epipe(m->flags);
            break;
        }
        stamp(p, u, peer, scm);
        if (!done && scm->files) {
            r = unix_scm_attach(scm, p, peer);
            if (r < 0) {
                unix_packet_free(p);
                break;
            }
        }
        list_add_tail(&peer->queue, &p->node);
        done += n;
    }
    if (done)
        sock_wake(&peer->s, READABLE);
    unix_put(peer);
    return done ? (ssize_t)done : r;
}

ssize_t unix_stream_send(struct socket *s, struct sock_msg *m)
{
    struct unix_sock *u = unix_of(s);
    struct unix_scm scm;
    ssize_t r = unix_scm_get(&scm, m);
    if (r < 0)
        return r;
    if (m->flags & MSG_OOB)
        r = -EOPNOTSUPP;
    else if (m->name_len)
        r = u->state == UNIX_CONNECTED ? -EISCONN : -EOPNOTSUPP;
    else if (!u->peer)
        r = -ENOTCONN;
    else if (s->shut & 2)
        r = sock_epipe(m->flags);
    else
        r = send_pieces(u, m, &scm);
    unix_scm_done(&scm);
    return r;
}

static bool same_cred(const struct unix_cred *a, const struct unix_cred *b)
{
    return a->pid == b->pid && a->uid == b->uid && a->gid == b->gid;
}

/* What a receive has gathered so far. */
struct gather {
    size_t done, target;
    bool first; /* no packet yet */
    struct unix_cred cred;
    struct unix_files *files;
};

static void sender_name(struct sock_msg *m, const struct unix_sock *from)
{
    if (!m->name || !from->name)
        return;
    m->name_len = from->name->len;
    __builtin_memcpy(m->name, &from->name->family, m->name_len);
}

/* Takes from what is there: 1 if the receive is over, 0 if it wants more, or -EFAULT. */
static int take(struct unix_sock *u, struct sock_msg *m, struct gather *g)
{
    bool peek = m->flags & MSG_PEEK;
    size_t skip = peek && u->peek_off > 0 ? (u32)u->peek_off : 0;
    list_foreach_safe(it, &u->queue)
    {
        struct unix_packet *p = list_entry(it, struct unix_packet, node);
        size_t n = p->len - p->off;
        if (skip && skip >= n) {
            skip -= n;
            continue;
        }
        if (g->first) {
            g->cred = p->cred;
            sender_name(m, p->from);
            g->first = false;
        } else if (u->s.options & SOCK_OPT_PASSCRED && !same_cred(&g->cred, &p->cred)) {
            return 1;
        }
        n = MIN(n - skip, m->it->left);
        ssize_t got = n ? iter_put(m->it, p->data + p->off + skip, n) : 0;
        if (got < (ssize_t)n)
            return -EFAULT;
        g->done += n;
        skip = 0;
        struct unix_files *files = p->files;
        if (peek) {
            if (u->peek_off >= 0)
                u->peek_off += (s32)n;
            if (files)
                g->files = files;
            if (files || !m->it->left)
                return 1;
            continue;
        }
        if (u->peek_off > 0)
            u->peek_off = MAX(u->peek_off - (s32)n, 0);
        if (files) {
            unix_land(files);
            p->files = 0;
            g->files = files;
        }
        p->off += (u32)n;
        if (p->off < p->len)
            return 1;
        list_del(&p->node);
        unix_packet_free(p);
        if (files || !m->it->left)
            return 1;
    }
    return peek && g->done; /* a look ahead does not wait for more */
}

/* Nothing is there: 0 to try again, 1 if the receive is over with what it has, or -errno. */
static int wait_more(struct unix_sock *u, const struct sock_msg *m, struct gather *g,
                     nsec_t deadline)
{
    if (g->done >= g->target)
        return 1;
    if (u->s.error)
        return g->done ? 1 : sock_error(&u->s);
    if (u->s.shut & 1)
        return 1;
    if (sock_nonblock(&u->s, m->flags))
        return -EAGAIN;
    return sock_wait(&u->s, deadline);
}

ssize_t unix_stream_recv(struct socket *s, struct sock_msg *m)
{
    struct unix_sock *u = unix_of(s);
    struct gather g = {.first = true};
    int r = 0;
    m->name_len = 0;
    if (u->state != UNIX_CONNECTED)
        return -EINVAL;
    if (m->flags & MSG_OOB)
        return -EOPNOTSUPP;
    g.target = m->flags & MSG_WAITALL ? m->it->left : MIN(s->rcvlowat, m->it->left);
    g.target = MAX(g.target, 1ul);
    nsec_t deadline = sock_deadline(s, false);
    while (r == 0) {
        r = take(u, m, &g);
        if (r == 0)
            r = wait_more(u, m, &g, deadline);
    }
    unix_scm_put(u, m, g.first ? 0 : &g.cred, g.files);
    if (g.files && !(m->flags & MSG_PEEK))
        unix_files_drop(g.files);
    return r < 0 && !g.done ? r : (ssize_t)g.done;
}
