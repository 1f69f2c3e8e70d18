/* Netlink sockets: see netlink.h. A request is answered while it is sent; the answers wait in the
 * queue. */
#include <linux/eventpoll.h>

#include "base/host.h"
#include "base/string.h"
#include "mem/alloc.h"
#include "net/inet.h"
#include "net/netif.h"
#include "net/netlink.h"

#define REQUEST_MAX (64u << 10)
#define OPTIONS 13u /* options of SOL_NETLINK that are a flag */

struct netlink {
    struct socket s;
    struct list all, queue;
    u32 port, groups, flags; /* flags: bit per NETLINK_* option */
    u32 dst_port, dst_groups;
    u32 queued;
    bool bound;
};
struct answer {
    struct list node;
    u32 len;
    u8 data[];
};

static struct list sockets = LIST_INIT(sockets);

static struct netlink *of(struct socket *s)
{
    return (struct netlink *)s;
}

/* ---- answers ---- */

static void flush(struct netlink_out *o)
{
    struct netlink *n = o->to;
    if (!o->used)
        return;
    struct answer *a = n->queued < n->s.rcvbuf ? mem_alloc(sizeof(*a) + o->used) : 0;
    if (a) {
        a->len = o->used;
        memcpy(a->data, o->buf, o->used);
        list_add_tail(&n->queue, &a->node);
        n->queued += o->used + 768; /* with what Linux's buffer takes besides */
    } else {
        o->error = -ENOBUFS;
    }
    o->used = 0;
}

/* The message under way begins at the last header. */
static struct nlmsghdr *last(struct netlink_out *o)
{
    u32 at = 0;
    for (;;) {
        struct nlmsghdr *h = (void *)(o->buf + at);
        if (at + NLMSG_ALIGN(h->nlmsg_len) >= o->used)
            return h;
        at += NLMSG_ALIGN(h->nlmsg_len);
    }
}

#define MESSAGE_MAX 512u /* no message is longer; begun only where that fits */
void *netlink_begin(struct netlink_out *o, u16 type, u32 n)
{
    if (o->used + MAX(MESSAGE_MAX, NLMSG_LENGTH(n)) > NETLINK_CHUNK)
        flush(o);
    struct nlmsghdr *h = (void *)(o->buf + o->used);
    memset(h, 0, NLMSG_SPACE(n));
    h->nlmsg_type = type;
    h->nlmsg_flags = o->flags;
    h->nlmsg_seq = o->request->nlmsg_seq;
    h->nlmsg_pid = o->to->port;
    h->nlmsg_len = NLMSG_LENGTH(n);
    o->used += NLMSG_SPACE(n);
    return h + 1;
}

struct attr { /* struct rtattr, struct nlattr */
    u16 len, type;
};

void netlink_attr(struct netlink_out *o, u16 type, const void *data, u32 n)
{
    struct nlmsghdr *h = last(o);
    struct attr *a = (void *)(o->buf + o->used);
    u32 space = NLMSG_ALIGN(sizeof(*a) + n);
    ASSERT(o->used + space <= NETLINK_CHUNK);
    memset(a, 0, space);
    a->len = (u16)(sizeof(*a) + n);
    a->type = type;
    memcpy(a + 1, data, n);
    o->used += space;
    h->nlmsg_len = (u32)(o->buf + o->used - (u8 *)h);
}

void netlink_attr_u32(struct netlink_out *o, u16 type, u32 v)
{
    netlink_attr(o, type, &v, sizeof(v));
}

void netlink_end(struct netlink_out *o)
{
    (void)o;
}

/* NLMSG_ERROR, of which error 0 is the acknowledgement, quotes the request. */
static void acknowledge(struct netlink_out *o, const struct nlmsghdr *h, u32 len, int error)
{
    bool whole = error && !(o->to->flags >> NETLINK_CAP_ACK & 1);
    u32 quote = whole && len <= NETLINK_CHUNK / 2 ? len : (u32)sizeof(*h);
    struct nlmsgerr *e = netlink_begin(o, NLMSG_ERROR, sizeof(e->error) + quote);
    struct nlmsghdr *mine = (struct nlmsghdr *)e - 1;
    e->error = error;
    memcpy(&e->msg, h, quote);
    if (quote < len)
        mine->nlmsg_flags |= NLM_F_CAPPED;
}

static int answer(struct netlink_out *o, const struct nlmsghdr *h, u32 len, bool *dumped)
{
    if (!(h->nlmsg_flags & NLM_F_REQUEST) || h->nlmsg_type < NLMSG_MIN_TYPE)
        return 0;
    int r = netlink_route(o, h, len, dumped);
    if (*dumped) {
        int *done = netlink_begin(o, NLMSG_DONE, sizeof(*done));
        *done = 0;
    }
    return r;
}

/* A datagram may hold several requests. */
static void handle(struct netlink *n, const u8 *data, u32 len)
{
    struct netlink_out o = {.to = n};
    o.buf = mem_alloc(NETLINK_CHUNK);
    if (!o.buf)
        return;
    while (len >= sizeof(struct nlmsghdr)) {
        const struct nlmsghdr *h = (const void *)data;
        u32 size = h->nlmsg_len;
        bool dumped = false;
        if (size < sizeof(*h) || size > len)
            break;
        o.request = h;
        o.flags = 0;
        int r = answer(&o, h, size, &dumped);
        o.flags = 0;
        if (!dumped && (r || h->nlmsg_flags & NLM_F_ACK))
            acknowledge(&o, h, size, r);
        flush(&o);
        size = MIN((u32)NLMSG_ALIGN(size), len);
        data += size;
        len -= size;
    }
    mem_free(o.buf);
    if (o.error)
        n->s.error = o.error;
    sock_wake(&n->s, EPOLLIN | EPOLLRDNORM);
}

/* ---- the socket ---- */

static bool taken(u32 port)
{
    list_foreach(it, &sockets)
    {
        const struct netlink *n = list_entry(it, struct netlink, all);
        if (n->bound && n->port == port)
            return true;
    }
    return false;
}

/* The first socket has the process's number, others something large. */
static void autobind(struct netlink *n)
{
    static u32 rover = 0xfffff000u;
    n->port = host_boot->pid;
    while (taken(n->port))
        n->port = rover--;
    n->bound = true;
}

static int nl_bind(struct socket *s, const void *name, unsigned len)
{
    struct netlink *n = of(s);
    struct sockaddr_nl a;
    if (len < sizeof(a))
        return -EINVAL;
    memcpy(&a, name, sizeof(a));
    if (a.nl_family != AF_NETLINK)
        return -EINVAL;
    if (n->bound && a.nl_pid != n->port)
        return -EINVAL;
    if (!n->bound && a.nl_pid) {
        if (taken(a.nl_pid))
            return -EADDRINUSE;
        n->port = a.nl_pid;
        n->bound = true;
    } else if (!n->bound) {
        autobind(n);
    }
    n->groups = a.nl_groups;
    return 0;
}

static int nl_connect(struct socket *s, const void *name, unsigned len)
{
    struct netlink *n = of(s);
    struct sockaddr_nl a;
    if (len < sizeof(a.nl_family))
        return -EINVAL;
    memset(&a, 0, sizeof(a));
    memcpy(&a, name, MIN(len, (unsigned)sizeof(a)));
    if (a.nl_family == AF_UNSPEC) {
        n->dst_port = n->dst_groups = 0;
        return 0;
    }
    if (a.nl_family != AF_NETLINK || len < sizeof(a))
        return -EINVAL;
    if ((a.nl_pid || a.nl_groups) && !inet_privileged())
        return -EPERM;
    if (!n->bound)
        autobind(n);
    n->dst_port = a.nl_pid;
    n->dst_groups = a.nl_groups;
    return 0;
}

static int nl_getname(struct socket *s, void *name, bool peer)
{
    struct netlink *n = of(s);
    struct sockaddr_nl a = {.nl_family = AF_NETLINK};
    a.nl_pid = peer ? n->dst_port : n->port;
    a.nl_groups = peer ? n->dst_groups : n->groups;
    memcpy(name, &a, sizeof(a));
    return sizeof(a);
}

static ssize_t nl_send(struct socket *s, struct sock_msg *m)
{
    struct netlink *n = of(s);
    struct sockaddr_nl a = {.nl_pid = n->dst_port, .nl_groups = n->dst_groups};
    size_t len = m->it->left;
    if (m->flags & MSG_OOB)
        return -EOPNOTSUPP;
    if (m->name) {
        if (m->name_len < sizeof(a))
            return -EINVAL;
        memcpy(&a, m->name, sizeof(a));
        if (a.nl_family != AF_NETLINK)
            return -EINVAL;
        if ((a.nl_pid || a.nl_groups) && !inet_privileged())
            return -EPERM;
    }
    if (!n->bound)
        autobind(n);
    if (len > MIN(REQUEST_MAX, s->sndbuf))
        return -EMSGSIZE;
    if (a.nl_pid) /* only the kernel's port, 0, has somebody who listens to this */
        return -ECONNREFUSED;
    u8 *copy = mem_alloc(MAX(len, 16ul));
    if (!copy)
        return -ENOBUFS;
    ssize_t r = iter_get(m->it, copy, len);
    if (r == (ssize_t)len)
        handle(n, copy, (u32)len);
    else
        r = -EFAULT;
    mem_free(copy);
    return r;
}

static struct answer *next(struct netlink *n, u32 flags, int *err)
{
    nsec_t deadline = sock_deadline(&n->s, false);
    for (;;) {
        *err = n->s.error ? sock_error(&n->s) : 0;
        if (*err)
            return 0;
        if (!list_empty(&n->queue))
            return list_first(&n->queue, struct answer, node);
        *err = -EAGAIN;
        if (sock_nonblock(&n->s, flags))
            return 0;
        *err = sock_wait(&n->s, deadline);
        if (*err < 0)
            return 0;
    }
}

static ssize_t nl_recv(struct socket *s, struct sock_msg *m)
{
    struct netlink *n = of(s);
    int err;
    if (m->flags & MSG_OOB)
        return -EOPNOTSUPP;
    struct answer *a = next(n, m->flags, &err);
    if (!a)
        return err;
    size_t todo = MIN(a->len, m->it->left);
    if (todo < a->len)
        m->out_flags |= MSG_TRUNC;
    ssize_t r = iter_put(m->it, a->data, todo) == (ssize_t)todo ? (ssize_t)todo : -EFAULT;
    if (r >= 0 && m->flags & MSG_TRUNC)
        r = a->len;
    if (m->name) {
        struct sockaddr_nl from = {.nl_family = AF_NETLINK};
        memcpy(m->name, &from, sizeof(from));
        m->name_len = sizeof(from);
    }
    if (n->flags >> NETLINK_PKTINFO & 1) {
        u32 group = 0;
        sock_cmsg_put(m, SOL_NETLINK, NETLINK_PKTINFO, &group, sizeof(group));
    }
    if (!(m->flags & MSG_PEEK)) {
        list_del(&a->node);
        n->queued -= a->len + 768;
        mem_free(a);
    }
    return r;
}

static int nl_setopt(struct socket *s, int level, int name, const void *val, unsigned len)
{
    struct netlink *n = of(s);
    u32 v = 0;
    if (level != SOL_NETLINK)
        return -ENOPROTOOPT;
    if (len >= sizeof(v))
        memcpy(&v, val, sizeof(v));
    switch (name) {
    case NETLINK_ADD_MEMBERSHIP:
    case NETLINK_DROP_MEMBERSHIP:
        if (!v || v > 64)
            return -EINVAL;
        if (v <= 32) /* the groups that a name can tell */
            n->groups = name == NETLINK_ADD_MEMBERSHIP ? n->groups | 1u << (v - 1)
                                                       : n->groups & ~(1u << (v - 1));
        return 0;
    case NETLINK_PKTINFO:
    case NETLINK_BROADCAST_ERROR:
    case NETLINK_NO_ENOBUFS:
    case NETLINK_CAP_ACK:
    case NETLINK_EXT_ACK:
    case NETLINK_GET_STRICT_CHK:
        n->flags = v ? n->flags | 1u << name : n->flags & ~(1u << name);
        return 0;
    default:
        return -ENOPROTOOPT;
    }
}

static int nl_getopt(struct socket *s, int level, int name, void *val, unsigned *len)
{
    int v;
    if (level != SOL_NETLINK || name < NETLINK_PKTINFO || name >= (int)OPTIONS ||
        name == NETLINK_LIST_MEMBERSHIPS)
        return -ENOPROTOOPT;
    if (*len < sizeof(v))
        return -EINVAL;
    v = of(s)->flags >> name & 1;
    *len = sizeof(v);
    memcpy(val, &v, sizeof(v));
    return 0;
}

static u32 nl_poll(struct socket *s)
{
    u32 mask = EPOLLOUT | EPOLLWRNORM | EPOLLWRBAND;
    if (s->error)
        mask |= EPOLLERR;
    return list_empty(&of(s)->queue) ? mask : mask | EPOLLIN | EPOLLRDNORM;
}

static long nl_ioctl(struct socket *s, unsigned cmd, unsigned long arg)
{
    return inet_ioctl(s, cmd, arg);
}

static void nl_release(struct socket *s)
{
    struct netlink *n = of(s);
    list_del(&n->all);
    list_foreach_safe(it, &n->queue) mem_free(list_entry(it, struct answer, node));
    mem_free(n);
}

static const struct socket_ops netlink_ops = {
    .bind = nl_bind,
    .connect = nl_connect,
    .send = nl_send,
    .recv = nl_recv,
    .getname = nl_getname,
    .setopt = nl_setopt,
    .getopt = nl_getopt,
    .poll = nl_poll,
    .ioctl = nl_ioctl,
    .release = nl_release,
};

int netlink_socket(int type, int protocol, struct socket **out)
{
    if (type != SOCK_RAW && type != SOCK_DGRAM)
        return -ESOCKTNOSUPPORT;
    if (protocol != NETLINK_ROUTE)
        return -EPROTONOSUPPORT;
    int r = net_start();
    if (r < 0)
        return r;
    struct netlink *n = mem_alloc(sizeof(*n));
    if (!n)
        return -ENOMEM;
    sock_init(&n->s, &netlink_ops, AF_NETLINK, type, protocol);
    list_init(&n->queue);
    list_add_tail(&sockets, &n->all);
    *out = &n->s;
    return 0;
}
