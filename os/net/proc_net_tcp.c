/* /proc/net/tcp, tcp6: listening sockets first, then connections, with and without a socket, as
 * proc(5) has them. */
#include <linux/stat.h>

#include <lwip/priv/tcp_priv.h>

#include "net/inet_tcp.h"
#include "net/proc_net.h"
#include "vfs/cred.h"

#define WIDTH4 149
#define STATE_SYN_RECV 3
#define STATE_TIME_WAIT 6

struct row {
    const ip_addr_t *local, *remote;
    u16 local_port, remote_port;
    u8 state, retransmits;
    u32 tx, rx;
    u64 ino;
};

static void line(struct text *t, unsigned slot, bool six, const struct row *r)
{
    size_t start = t->len;
    text_add(t, "%4u: ", slot);
    proc_net_address(t, r->local, r->local_port, six);
    proc_net_address(t, r->remote, r->remote_port, six);
    proc_hex(t, r->state, 2);
    text_add(t, " ");
    proc_hex(t, r->tx, 8);
    text_add(t, ":");
    proc_hex(t, r->rx, 8);
    text_add(t, " 00:00000000 ");
    proc_hex(t, r->retransmits, 8);
    text_add(t, " %5u        0 %lu 1 0000000000000000 100 0 0 10 0", r->ino ? cred_uid() : 0,
             (unsigned long)r->ino);
    proc_pad(t, start, six ? 0 : WIDTH4);
}

static void head(struct text *t, bool six)
{
    text_add(t, six ? "  sl  local_address                         remote_address                 "
                      "       st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode"
                    : "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt"
                      "   uid  timeout inode");
    proc_pad(t, 0, six ? 0 : WIDTH4);
}

static void listeners(struct text *t, unsigned *slot, u16 family)
{
    for (struct tcp_pcb_listen *p = tcp_listen_pcbs.listen_pcbs; p; p = p->next)
        list_foreach(m, tcps_group_members(p->callback_arg))
        {
            const struct tcps_listen *l = list_entry(m, struct tcps_listen, member);
            const struct inet_socket *is = &l->owner->is;
            struct row r = {&is->local, &is->remote, is->local_port, 0,        10,
                            0,          0,           l->count,       is->s.ino};
            if (is->s.family == family)
                line(t, (*slot)++, family == AF_INET6, &r);
        }
}

static void connections(struct text *t, unsigned *slot, u16 family, const struct tcp_pcb *pcb)
{
    for (; pcb; pcb = pcb->next) {
        const struct tcps *s = pcb->state == SYN_RCVD ? 0 : pcb->callback_arg;
        u16 its = s ? s->is.s.family : IP_IS_V6_VAL(pcb->local_ip) ? AF_INET6 : AF_INET;
        if (its != family)
            continue;
        struct row r = {&pcb->local_ip,
                        &pcb->remote_ip,
                        pcb->local_port,
                        pcb->remote_port,
                        tcps_state_of(pcb),
                        pcb->nrtx,
                        pcb->snd_lbb - pcb->lastack,
                        s ? s->rx_len + !!(s->flags & TCPS_FIN) : 0,
                        s ? s->is.s.ino : 0};
        if (r.state == STATE_SYN_RECV || r.state == STATE_TIME_WAIT)
            r.tx = 0;
        line(t, (*slot)++, family == AF_INET6, &r);
    }
}

static int show_tcp(struct text *t, u16 family)
{
    unsigned slot = 0;
    head(t, family == AF_INET6);
    listeners(t, &slot, family);
    connections(t, &slot, family, tcp_active_pcbs);
    connections(t, &slot, family, tcp_tw_pcbs);
    return 0;
}

static int show_tcp4(struct text *t, long arg)
{
    (void)arg;
    return show_tcp(t, AF_INET);
}

static int show_tcp6(struct text *t, long arg)
{
    (void)arg;
    return show_tcp(t, AF_INET6);
}

static const struct generated tcp = {
    .path = "PID/net/tcp", .mode = S_IFREG | 0444, .show = show_tcp4};
static const struct generated tcp6 = {
    .path = "PID/net/tcp6", .mode = S_IFREG | 0444, .show = show_tcp6};
PROC_FILE(tcp);
PROC_FILE(tcp6);

extern const char proc_net_linked;
const char *const proc_net_tcp_linked[] = {&proc_net_linked};
