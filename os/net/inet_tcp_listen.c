/* listen and accept for TCP.
 *
 * One pcb of lwIP listens for all sockets that share an address by SO_REUSEPORT (a group); a new
 * connection goes to the member that a hash of its remote end names, or to the next that has room.
 * A connection that nobody has accepted yet is a socket in its listener's queue: it can receive,
 * and end. With TCP_DEFER_ACCEPT it waits in a second queue until the first byte came. */
#include <linux/eventpoll.h>

#include <lwip/priv/tcp_priv.h>

#include "base/string.h"
#include "mem/alloc.h"
#include "net/inet_tcp.h"

struct tcps_group {
    struct tcp_pcb_listen *pcb;
    struct list members; /* tcps_listen.member */
    u32 device;
};

const struct list *tcps_group_members(const struct tcps_group *g)
{
    return &g->members;
}

static void enqueue(struct tcps *t)
{
    struct tcps *parent = t->parent;
    t->flags &= ~TCPS_EARLY;
    list_del(&t->node);
    list_add_tail(&parent->l->ready, &t->node);
    sock_wake(&parent->is.s, EPOLLIN | EPOLLRDNORM);
}

void tcps_early_done(struct tcps *t)
{
    if (!(t->flags & TCPS_EARLY))
        return;
    if (t->x) {
        t->x->defer_until = NEVER;
        tcps_timer_update(t);
    }
    enqueue(t);
}

/* A connection inherits what its listener was set to. */
static bool inherit(struct tcps *t, const struct tcps *parent)
{
    struct socket *s = &t->is.s;
    const struct socket *from = &parent->is.s;
    s->rcv_timeout = from->rcv_timeout;
    s->snd_timeout = from->snd_timeout;
    s->rcvbuf = from->rcvbuf;
    s->sndbuf = from->sndbuf;
    s->rcvlowat = from->rcvlowat;
    s->options = from->options & ~SOCK_OPT_LISTENING;
    s->linger = from->linger;
    s->mark = from->mark;
    s->priority = from->priority;
    s->bound_if = from->bound_if;
    t->is.opt = parent->is.opt;
    t->is.opt.groups = 0;
    t->flags = parent->flags & (TCPS_NODELAY | TCPS_CORK | TCPS_NOQUICKACK | TCPS_INQ);
    const struct tcps_extra *px = parent->x;
    if (!px)
        return true;
    struct tcps_extra *x = tcps_extra(t);
    if (!x)
        return false;
    x->user_timeout = px->user_timeout;
    x->keep_idle = px->keep_idle;
    x->keep_intvl = px->keep_intvl;
    x->keep_cnt = px->keep_cnt;
    x->maxseg = px->maxseg;
    x->clamp = px->clamp;
    x->lowat = px->lowat;
    x->linger2 = px->linger2;
    return true;
}

static struct tcps *choose(struct tcps_group *g, const struct tcp_pcb *pcb)
{
    unsigned n = 0, at;
    list_foreach(m, &g->members)
    {
        n++;
    }
    at = (pcb->remote_port * 0x9e3779b1u >> 8) % MAX(n, 1u);
    struct tcps_listen *l = list_first(&g->members, struct tcps_listen, member);
    for (; at; at--)
        l = list_entry(l->member.next, struct tcps_listen, member);
    for (unsigned i = 0; i < n && l->count > l->backlog; i++) {
        struct list *next = l->member.next;
        if (next == &g->members)
            next = next->next;
        l = list_entry(next, struct tcps_listen, member);
    }
    return l->count > l->backlog ? 0 : l->owner;
}

static err_t on_accept(void *arg, struct tcp_pcb *pcb, err_t err)
{
    struct tcps_group *g = arg;
    if (err != ERR_OK || !pcb)
        return ERR_VAL;
    struct tcps *parent = choose(g, pcb);
    struct tcps *t = parent ? tcps_new(parent->is.s.family) : 0;
    if (!t)
        return ERR_MEM;
    if (!inherit(t, parent)) {
        tcps_free(t);
        return ERR_MEM;
    }
    t->is.local = pcb->local_ip;
    t->is.remote = pcb->remote_ip;
    t->is.local_port = pcb->local_port;
    t->is.remote_port = pcb->remote_port;
    t->state = TCPS_OPEN;
    t->phase = TCPS_SS_CONNECTED;
    t->parent = parent;
    tcps_attach(t, pcb);
    tcps_established(t);
    tcp_backlog_delayed(pcb);
    parent->l->count++;
    if (parent->x && parent->x->defer && tcps_extra(t)) {
        t->flags |= TCPS_EARLY;
        t->x->defer_until = time_mono() + parent->x->defer * NSEC_PER_SEC;
        list_add_tail(&parent->l->early, &t->node);
        tcps_timer_update(t);
    } else {
        enqueue(t);
    }
    return ERR_OK;
}

/* What lwIP has to know of the members. */
void tcps_group_update(struct tcps_group *g)
{
    unsigned sum = 0;
    list_foreach(m, &g->members)
    {
        const struct tcps_listen *l = list_entry(m, struct tcps_listen, member);
        sum += l->backlog + 1;
        g->pcb->rcv_wnd_max = tcps_window(l->owner);
    }
    g->pcb->backlog = (u16)MIN(sum, 0xffffu);
}

/* The group of this address, which listens; new if there is none. */
static struct tcps_group *group_of(struct tcps *t)
{
    struct inet_socket *is = &t->is;
    for (struct tcp_pcb_listen *l = tcp_listen_pcbs.listen_pcbs; l; l = l->next) {
        struct tcps_group *g = l->callback_arg;
        if (l->local_port == is->local_port &&
            IP_GET_TYPE(&l->local_ip) == IP_GET_TYPE(&is->local) &&
            ip_addr_cmp(&l->local_ip, &is->local) && g->device == is->s.bound_if)
            return g;
    }
    struct tcps_group *g = mem_alloc(sizeof(*g));
    struct tcp_pcb *pcb = g ? tcp_new_ip_type(IP_GET_TYPE(&is->local)) : 0;
    if (!pcb) {
        mem_free(g);
        return 0;
    }
    list_init(&g->members);
    g->device = is->s.bound_if;
    ip_addr_copy(pcb->local_ip, is->local);
    pcb->local_port = is->local_port;
    pcb->so_options = SOF_REUSEADDR;
    TCP_REG(&tcp_bound_pcbs, pcb);
    if (g->device)
        tcp_bind_netif(pcb, netif_get_by_index((u8)g->device));
    tcp_arg(pcb, g);
    g->pcb = (struct tcp_pcb_listen *)tcp_listen_with_backlog(pcb, 1);
    if (!g->pcb) {
        tcp_abort(pcb);
        mem_free(g);
        return 0;
    }
    tcp_accept((struct tcp_pcb *)g->pcb, on_accept);
    return g;
}

static int begin(struct tcps *t, int backlog)
{
    struct inet_socket *is = &t->is;
    int r = 0;
    tcps_forget_port(t);
    t->state = TCPS_LISTEN; /* which forbids what bind still allowed: to share it */
    if (!is->local_port)
        r = tcps_autobind(t, &is->local);
    else if (tcps_conflict(t, &is->local, is->local_port))
        r = -EADDRINUSE;
    t->state = TCPS_NEW;
    if (r < 0)
        return r;
    struct tcps_listen *l = mem_alloc(sizeof(*l));
    if (!l)
        return -ENOBUFS;
    l->group = group_of(t);
    if (!l->group) {
        mem_free(l);
        return -ENOBUFS;
    }
    l->owner = t;
    l->backlog = (unsigned)backlog;
    list_init(&l->ready);
    list_init(&l->early);
    list_add_tail(&l->group->members, &l->member);
    tcps_group_update(l->group);
    t->l = l;
    t->state = TCPS_LISTEN;
    is->s.options |= SOCK_OPT_LISTENING;
    inet_listening(6 /* IPPROTO_TCP */, &is->local, is->local_port);
    return 0;
}

int tcps_listen(struct socket *s, int backlog)
{
    struct tcps *t = tcps_of(s);
    if (t->phase != TCPS_SS_UNCONNECTED)
        return -EINVAL;
    if (t->state != TCPS_LISTEN)
        return begin(t, backlog);
    t->l->backlog = (unsigned)backlog;
    tcps_group_update(t->l->group);
    return 0;
}

static void reset_all(struct list *queue)
{
    while (!list_empty(queue)) {
        struct tcps *t = list_first(queue, struct tcps, node);
        list_del(&t->node);
        t->parent = 0;
        if (t->pcb)
            tcps_abort(t);
        tcps_free(t);
    }
}

void tcps_unlisten(struct tcps *t)
{
    struct tcps_listen *l = t->l;
    struct tcps_group *g = l->group;
    list_del(&l->member);
    if (list_empty(&g->members)) {
        tcp_close((struct tcp_pcb *)g->pcb);
        mem_free(g);
    } else {
        tcps_group_update(g);
    }
    reset_all(&l->ready);
    reset_all(&l->early);
    t->l = 0;
    t->state = TCPS_NEW;
    mem_free(l);
    sock_wake(&t->is.s, ~0u);
}

int tcps_accept(struct socket *s, struct socket **out)
{
    struct tcps *t = tcps_of(s);
    if (t->state != TCPS_LISTEN)
        return -EINVAL;
    nsec_t deadline = 0;
    while (list_empty(&t->l->ready)) {
        if (sock_nonblock(s, 0)) {
            if (tcps_starved(t) && !list_empty(&t->l->ready))
                break;
            return -EAGAIN;
        }
        if (!deadline)
            deadline = sock_deadline(s, false);
        int r = sock_wait(s, deadline);
        if (t->state != TCPS_LISTEN)
            return -EINVAL;
        if (r < 0)
            return r;
    }
    struct tcps *c = list_first(&t->l->ready, struct tcps, node);
    list_del(&c->node);
    c->parent = 0;
    t->flags &= ~TCPS_DRY;
    t->l->count--;
    if (c->pcb)
        tcp_backlog_accepted(c->pcb);
    *out = &c->is.s;
    return 0;
}
