/* AF_UNIX: making and ending sockets, and what all types answer alike. See unix.h. */
#include <asm/socket.h>
#include <linux/eventpoll.h>

#include "base/host.h"
#include "base/string.h"
#include "mem/alloc.h"
#include "net/linux.h"
#include "net/unix.h"
#include "vfs/cred.h"

/* Absent in a program that only makes pairs. */
extern __typeof__(unix_bind) unix_bind WEAK;
extern __typeof__(unix_connect) unix_connect WEAK;
extern __typeof__(unix_listen) unix_listen WEAK;
extern __typeof__(unix_accept) unix_accept WEAK;
extern __typeof__(unix_unname) unix_unname WEAK;

struct list unix_all = LIST_INIT(unix_all);
static const struct socket_ops stream_ops, dgram_ops;

int unix_check_type(int *type, int protocol)
{
    if (protocol && protocol != AF_UNIX)
        return -EPROTONOSUPPORT;
    if (*type == SOCK_RAW)
        *type = SOCK_DGRAM;
    return *type == SOCK_STREAM || *type == SOCK_DGRAM || *type == SOCK_SEQPACKET
               ? 0
               : -ESOCKTNOSUPPORT;
}

struct unix_cred unix_self(void)
{
    return (struct unix_cred){host_boot->pid, cred_uid(), cred_gid()};
}

void unix_set_peer_cred(struct unix_sock *u, struct unix_cred c)
{
    u->s.peer_pid = c.pid;
    u->s.peer_uid = c.uid;
    u->s.peer_gid = c.gid;
}

struct unix_sock *unix_new(int type)
{
    struct unix_sock *u = mem_alloc(sizeof(*u));
    if (!u)
        return 0;
    sock_init(&u->s, type == SOCK_STREAM ? &stream_ops : &dgram_ops, AF_UNIX, type, 0);
    unix_set_peer_cred(u, (struct unix_cred){0, ~0u, ~0u});
    u->refs = 1;
    u->backlog = UNIX_BACKLOG;
    u->peek_off = -1;
    waitq_init(&u->room);
    list_init(&u->queue);
    list_init(&u->waiting);
    list_init(&u->next);
    list_init(&u->flying);
    list_init(&u->relay.node);
    list_add_tail(&unix_all, &u->all);
    return u;
}

void unix_put(struct unix_sock *u)
{
    if (--u->refs)
        return;
    unix_name_put(u->name);
    list_del(&u->all);
    mem_free(u);
    if (list_empty(&unix_all))
        unix_packet_trim();
}

/* The other end of a connection learns that this one is gone; what it sent is lost if unread. */
static void hang_up(struct unix_sock *u, struct unix_sock *peer)
{
    peer->s.shut = 3;
    if (!list_empty(&u->queue))
        peer->s.error = -ECONNRESET;
    sock_wake(&peer->s,
              EPOLLIN | EPOLLRDNORM | EPOLLOUT | EPOLLWRNORM | EPOLLRDHUP | EPOLLHUP | EPOLLERR);
}

void unix_release(struct unix_sock *u)
{
    u->dead = true;
    u->s.shut = 3;
    if (unix_unname)
        unix_unname(u);
    waitq_del(&u->relay);
    struct unix_sock *peer = u->peer;
    if (peer) {
        if (u->s.type != SOCK_DGRAM)
            hang_up(u, peer);
        u->peer = 0;
        unix_put(peer);
    }
    while (!list_empty(&u->waiting)) {
        struct unix_sock *embryo = list_first(&u->waiting, struct unix_sock, next);
        list_del(&embryo->next);
        /* As if there were something unread: who connected learns that nobody will answer. */
        if (embryo->peer)
            embryo->peer->s.error = -ECONNRESET;
        unix_release(embryo);
    }
    unix_queue_drop(u);
    u->state = UNIX_FREE;
    waitq_wake(&u->room, EPOLLOUT | EPOLLWRNORM | EPOLLWRBAND);
    unix_put(u);
    if (!list_empty(&unix_flying))
        unix_collect();
}

static void release(struct socket *s)
{
    unix_release(unix_of(s));
}

bool unix_writable(const struct unix_sock *u)
{
    return u->state != UNIX_LISTENING && u->wmem * 4 <= u->s.sndbuf;
}

int unix_wait_room(struct unix_sock *other, nsec_t deadline)
{
    unix_get(other);
    int r = waitq_sleep(&other->room, deadline);
    unix_put(other);
    if (r == -EINTR)
        return deadline == NEVER ? -ERESTARTSYS : -EINTR;
    return r == -ETIMEDOUT ? -EAGAIN : r;
}

static u32 unix_poll(struct socket *s)
{
    struct unix_sock *u = unix_of(s);
    u32 events = s->error ? EPOLLERR : 0;
    if (s->shut == 3)
        events |= EPOLLHUP;
    if (s->shut & 1)
        events |= EPOLLRDHUP | EPOLLIN | EPOLLRDNORM;
    if (u->state == UNIX_LISTENING ? u->queued != 0 : !list_empty(&u->queue))
        events |= EPOLLIN | EPOLLRDNORM;
    if (s->type != SOCK_DGRAM && u->state == UNIX_FREE)
        events |= EPOLLHUP;
    if (unix_writable(u) && !(s->type != SOCK_STREAM && u->peer && unix_relay(u, u->peer)))
        events |= EPOLLOUT | EPOLLWRNORM | EPOLLWRBAND;
    return events;
}

static int unix_shutdown(struct socket *s, int how)
{
    struct unix_sock *u = unix_of(s);
    u16 bits = (u16)(how + 1);
    u32 all = EPOLLIN | EPOLLRDNORM | EPOLLOUT | EPOLLWRNORM | EPOLLRDHUP | EPOLLHUP;
    if (how < SHUT_RD || how > SHUT_RDWR)
        return -EINVAL;
    s->shut |= bits;
    sock_wake(s, all);
    if (u->peer && s->type != SOCK_DGRAM) {
        u->peer->s.shut |= (u16)((bits & 1) << 1 | bits >> 1);
        sock_wake(&u->peer->s, all);
    }
    waitq_wake(&u->room, EPOLLOUT); /* who would send here finds that nobody reads */
    return 0;
}

static int unix_getname(struct socket *s, void *name, bool peer)
{
    const struct unix_sock *u = unix_of(s);
    if (peer) {
        u = u->peer;
        if (!u)
            return -ENOTCONN;
    }
    u16 family = AF_UNIX;
    if (!u->name) {
        memcpy(name, &family, sizeof(family));
        return sizeof(family);
    }
    memcpy(name, &u->name->family, u->name->len);
    return u->name->len;
}

static long unix_pending(struct socket *s, bool out)
{
    struct unix_sock *u = unix_of(s);
    long n = 0;
    if (u->state == UNIX_LISTENING)
        return -EINVAL;
    if (out)
        return (long)u->wmem;
    list_foreach(it, &u->queue)
    {
        struct unix_packet *p = list_entry(it, struct unix_packet, node);
        n += (long)(p->len - p->off);
        if (s->type == SOCK_DGRAM)
            break;
    }
    return n;
}

static int unix_setopt(struct socket *s, int level, int name, const void *val, unsigned len)
{
    struct unix_sock *u = unix_of(s);
    if (level != SOL_SOCKET)
        return -EOPNOTSUPP;
    if (name == SO_ZEROCOPY)
        return -524; /* ENOTSUPP, as Linux lets it out here */
    if (name != SO_PEEK_OFF)
        return -ENOPROTOOPT;
    if (len < sizeof(int))
        return -EINVAL;
    memcpy(&u->peek_off, val, sizeof(int));
    return 0;
}

static int unix_getopt(struct socket *s, int level, int name, void *val, unsigned *len)
{
    struct unix_sock *u = unix_of(s);
    if (level != SOL_SOCKET)
        return -EOPNOTSUPP;
    if (name != SO_PEEK_OFF)
        return -ENOPROTOOPT;
    *len = MIN(*len, (unsigned)sizeof(int));
    memcpy(val, &u->peek_off, *len);
    return 0;
}

void unix_name_put(struct unix_name *n)
{
    if (n && --n->refs == 0)
        mem_free(n);
}

int unix_pair(int type, int protocol, struct socket *out[2])
{
    int r = unix_check_type(&type, protocol);
    if (r < 0)
        return r;
    struct unix_sock *a = unix_new(type), *b = a ? unix_new(type) : 0;
    if (!b) {
        if (a)
            unix_put(a);
        return -ENOMEM;
    }
    a->peer = b;
    b->peer = a;
    a->refs = b->refs = 2;
    a->state = b->state = UNIX_CONNECTED;
    unix_set_peer_cred(a, unix_self());
    unix_set_peer_cred(b, unix_self());
    out[0] = &a->s;
    out[1] = &b->s;
    return 0;
}

#define COMMON                                                                                     \
    .bind = unix_bind, .connect = unix_connect, .shutdown = unix_shutdown,                         \
    .getname = unix_getname, .setopt = unix_setopt, .getopt = unix_getopt, .poll = unix_poll,      \
    .release = release, .pending = unix_pending, .listen = unix_listen, .accept = unix_accept

static const struct socket_ops stream_ops = {
    COMMON,
    .send = unix_stream_send,
    .recv = unix_stream_recv,
};

static const struct socket_ops dgram_ops = {
    COMMON,
    .send = unix_dgram_send,
    .recv = unix_dgram_recv,
};
