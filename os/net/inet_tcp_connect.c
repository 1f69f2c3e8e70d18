/* connect for TCP. What a socket's second and third connect answer is Linux's: one that failed says
 * why once, then the socket can be used again. */
#include <lwip/priv/tcp_priv.h>

#include "base/string.h"
#include "net/dgram.h"
#include "net/inet_tcp.h"

static err_t on_connected(void *arg, struct tcp_pcb *pcb, err_t err)
{
    struct tcps *t = arg;
    (void)pcb;
    (void)err;
    t->state = TCPS_OPEN;
    tcps_established(t);
    if (t->x)
        tcps_timer_update(t);
    sock_wake(&t->is.s, ~0u);
    return ERR_OK;
}

/* From lwIP's ARP and neighbour discovery. */
void net_neighbour_failed(const ip_addr_t *who)
{
    for (struct tcp_pcb *pcb = tcp_active_pcbs, *next; pcb; pcb = next) {
        next = pcb->next;
        if (pcb->state == SYN_SENT && pcb->callback_arg &&
            ip_addr_cmp_zoneless(&pcb->remote_ip, who))
            tcps_fail(pcb->callback_arg, -EHOSTUNREACH);
    }
}

void tcps_disconnect(struct tcps *t)
{
    struct inet_socket *is = &t->is;
    if (t->state == TCPS_LISTEN)
        tcps_unlisten(t);
    if (t->pcb) {
        tcps_abort(t);
        is->s.error = -ECONNRESET;
    }
    tcps_drop_rx(t);
    t->state = TCPS_NEW;
    t->phase = TCPS_SS_UNCONNECTED;
    t->flags &= ~(TCPS_FIN | TCPS_SEND_FIN | TCPS_NOSPACE);
    is->s.shut = 0;
    is->s.options &= ~SOCK_OPT_LISTENING;
    inet_any(is, &is->remote);
    is->remote_port = 0;
    if (!(t->flags & TCPS_BOUND_ADDR))
        inet_any(is, &is->local);
    if (!(t->flags & TCPS_BOUND_PORT)) {
        tcps_unbind(t);
        t->flags |= TCPS_OLD_PORT;
    }
    if (t->x)
        tcps_timer_update(t);
    net_kick();
}

/* Where to, and from where. */
static int decode(struct tcps *t, const void *name, unsigned len, ip_addr_t *dst, u16 *dport,
                  ip_addr_t *src)
{
    struct inet_socket *is = &t->is;
    struct netif *nif;
    bool zone_missing;
    int r = inet_name_get(is, name, len, dst, dport, &zone_missing);
    if (r < 0)
        return r;
    if (IP_IS_V4(dst) && is->s.family == AF_INET6 && is->opt.flags & INET_V6ONLY)
        return -ENETUNREACH;
    enum inet_kind kind = inet_kind(dst);
    if (kind == INET_MULTICAST || kind == INET_BROADCAST)
        return -ENETUNREACH;
    if (zone_missing)
        return -EINVAL;
    *src = is->local;
    return inet_route(is, dst, src, is->s.bound_if, &nif);
}

/* A pcb bound to its local end, which the table of ports has been asked about. */
static struct tcp_pcb *make(struct tcps *t, const ip_addr_t *src, const ip_addr_t *dst, u16 port)
{
    struct tcp_pcb *pcb = tcp_new_ip_type(IP_GET_TYPE(dst));
    if (!pcb)
        return 0;
    ip_addr_copy(pcb->local_ip, *src);
    ip_addr_copy(pcb->remote_ip, *dst);
    pcb->local_port = port;
    TCP_REG(&tcp_bound_pcbs, pcb);
    if (t->is.s.bound_if)
        tcp_bind_netif(pcb, netif_get_by_index((u8)t->is.s.bound_if));
    return pcb;
}

static int start(struct tcps *t, const void *name, unsigned len)
{
    struct inet_socket *is = &t->is;
    ip_addr_t dst, src;
    u16 dport;
    tcps_forget_port(t);
    int r = decode(t, name, len, &dst, &dport, &src);
    if (r < 0)
        return r;
    u16 port = is->local_port;
    if (!port)
        port = tcps_port_for(t, &src, &dst, dport);
    else if (tcps_taken(&src, port, &dst, dport))
        port = 0;
    if (!port)
        return -EADDRNOTAVAIL;
    struct tcp_pcb *pcb = make(t, &src, &dst, port);
    if (!pcb)
        return -ENOBUFS;
    dgram_errors_start(); /* a host or router may answer that there is no way */
    is->s.error = 0;
    t->flags &= ~(TCPS_FIN | TCPS_SEND_FIN);
    t->state = TCPS_CONNECTING;
    tcps_attach(t, pcb);
    err_t e = tcp_connect(pcb, &dst, dport, on_connected);
    if (e != ERR_OK) {
        tcps_abort(t);
        t->state = TCPS_NEW;
        return e == ERR_USE ? -EADDRNOTAVAIL : inet_errno(e);
    }
    is->local = src;
    is->local_port = port;
    is->remote = dst;
    is->remote_port = dport;
    if (t->x)
        tcps_timer_update(t);
    net_kick();
    return 0;
}

static int wait(struct tcps *t, int answer)
{
    struct socket *s = &t->is.s;
    if (t->state == TCPS_CONNECTING && sock_nonblock(s, 0))
        return answer;
    nsec_t deadline = sock_deadline(s, true);
    while (t->state == TCPS_CONNECTING) {
        int r = sock_wait(s, deadline);
        if (r == -EAGAIN)
            return answer;
        if (r < 0)
            return r;
    }
    if (t->state == TCPS_OPEN) {
        t->phase = TCPS_SS_CONNECTED;
        return 0;
    }
    int error = sock_error(s);
    tcps_disconnect(t);
    return error ? error : -ECONNABORTED;
}

int tcps_connect(struct socket *s, const void *name, unsigned len)
{
    struct tcps *t = tcps_of(s);
    u16 family;
    if (len < sizeof(family))
        return -EINVAL;
    memcpy(&family, name, sizeof(family));
    if (family == AF_UNSPEC) {
        tcps_disconnect(t);
        return 0;
    }
    if (t->phase == TCPS_SS_CONNECTED || t->state == TCPS_LISTEN)
        return -EISCONN;
    if (t->phase == TCPS_SS_CONNECTING)
        return wait(t, -EALREADY);
    int r = start(t, name, len);
    if (r < 0)
        return r;
    t->phase = TCPS_SS_CONNECTING;
    /* An answer that came by the loopback interface already is told as one that came later. */
    return sock_nonblock(s, 0) ? -EINPROGRESS : wait(t, -EINPROGRESS);
}
