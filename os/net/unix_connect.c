/* Connecting AF_UNIX sockets: connect, listen, accept. */
#include <linux/eventpoll.h>

#include "base/string.h"
#include "net/linux.h"
#include "net/unix.h"

#define WRITABLE (EPOLLOUT | EPOLLWRNORM | EPOLLWRBAND)

/* May a connection to the listener begin? 0, -EAGAIN: its queue is full; or -errno. */
static int may_connect(const struct unix_sock *u, const struct unix_sock *to)
{
    if (to->state != UNIX_LISTENING || to->s.shut & 1)
        return -ECONNREFUSED;
    if (unix_full(to))
        return -EAGAIN;
    return u->state == UNIX_CONNECTED ? -EISCONN : u->state != UNIX_FREE ? -EINVAL : 0;
}

static void join(struct unix_sock *u, struct unix_sock *to, struct unix_sock *embryo)
{
    embryo->peer = u;
    u->peer = embryo;
    unix_get(u);
    unix_get(embryo);
    embryo->state = u->state = UNIX_CONNECTED;
    embryo->s.options |= to->s.options & (SOCK_OPT_PASSCRED | SOCK_OPT_PASSSEC);
    unix_set_peer_cred(embryo, unix_self());
    unix_set_peer_cred(u, (struct unix_cred){to->s.peer_pid, to->s.peer_uid, to->s.peer_gid});
    if (to->name) {
        embryo->name = to->name;
        to->name->refs++;
    }
    list_add_tail(&to->waiting, &embryo->next);
    to->queued++;
    sock_wake(&to->s, EPOLLIN | EPOLLRDNORM);
    /* As Linux tells it: who watched the socket before learns that it is writable now. */
    sock_wake(&u->s, WRITABLE);
}

static int connect_stream(struct unix_sock *u, const void *name, unsigned len)
{
    nsec_t deadline = sock_deadline(&u->s, true);
    if (u->s.options & SOCK_OPT_PASSCRED && !u->name) {
        int r = unix_autobind(u);
        if (r < 0)
            return r;
    }
    for (;;) {
        struct unix_sock *to, *embryo;
        int r = unix_find(name, len, u->s.type, &to);
        if (r < 0)
            return r;
        r = may_connect(u, to);
        bool again = r == -EAGAIN && !sock_nonblock(&u->s, 0);
        if (again) {
            r = unix_wait_room(to, deadline);
        } else if (r == 0) {
            embryo = unix_new(u->s.type);
            if (embryo)
                join(u, to, embryo);
            else
                r = -ENOMEM;
        }
        unix_put(to);
        if (!again || r < 0)
            return r;
    }
}

static int connect_dgram(struct unix_sock *u, const void *name, unsigned len)
{
    u16 family;
    struct unix_sock *to;
    if (len < sizeof(family))
        return -EINVAL;
    memcpy(&family, name, sizeof(family));
    if (family == AF_UNSPEC) {
        unix_disconnect(u);
        u->state = UNIX_FREE;
        return 0;
    }
    if (family != AF_UNIX || len <= sizeof(family) || len > UNIX_NAME_MAX)
        return -EINVAL;
    if (u->s.options & SOCK_OPT_PASSCRED && !u->name) {
        int r = unix_autobind(u);
        if (r < 0)
            return r;
    }
    int r = unix_find(name, len, SOCK_DGRAM, &to);
    if (r < 0)
        return r;
    if (to->peer && to->peer != u) {
        unix_put(to);
        return -EPERM;
    }
    if (u->peer == to) {
        unix_put(to);
    } else {
        unix_disconnect(u);
        u->peer = to;
    }
    u->state = to->state = UNIX_CONNECTED;
    return 0;
}

int unix_connect(struct socket *s, const void *name, unsigned len)
{
    struct unix_sock *u = unix_of(s);
    if (s->type == SOCK_DGRAM)
        return connect_dgram(u, name, len);
    return connect_stream(u, name, len);
}

int unix_listen(struct socket *s, int backlog)
{
    struct unix_sock *u = unix_of(s);
    if (s->type == SOCK_DGRAM)
        return -EOPNOTSUPP;
    if (!u->name)
        return -EINVAL;
    if (u->state == UNIX_CONNECTED)
        return -EINVAL;
    u32 before = u->backlog;
    u->backlog = MIN((u32)backlog, SOMAXCONN);
    if (u->backlog > before)
        waitq_wake(&u->room, WRITABLE);
    u->state = UNIX_LISTENING;
    s->options |= SOCK_OPT_LISTENING;
    unix_set_peer_cred(u, unix_self());
    return 0;
}

int unix_accept(struct socket *s, struct socket **out)
{
    struct unix_sock *u = unix_of(s);
    nsec_t deadline = sock_deadline(s, false);
    if (s->type == SOCK_DGRAM)
        return -EOPNOTSUPP;
    if (u->state != UNIX_LISTENING)
        return -EINVAL;
    while (list_empty(&u->waiting)) {
        if (sock_nonblock(s, 0))
            return -EAGAIN;
        if (s->shut & 1)
            return -EINVAL;
        int r = sock_wait(s, deadline);
        if (r < 0)
            return r;
        if (s->error)
            return sock_error(s);
    }
    struct unix_sock *embryo = list_first(&u->waiting, struct unix_sock, next);
    list_del(&embryo->next);
    u->queued--;
    waitq_wake(&u->room, WRITABLE);
    *out = &embryo->s;
    return 0;
}
