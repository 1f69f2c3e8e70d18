/* TCP_INFO: what lwIP knows of a connection, in Linux's structure, which ends before the counters
 * that nobody keeps here (a program sees that by the length). */
#include <linux/tcp.h>

#include <lwip/priv/tcp_priv.h>

#include "base/string.h"
#include "net/inet_tcp.h"
#include "net/inet_tcp_info.h"

u8 tcps_state_of(const struct tcp_pcb *pcb)
{
    static const u8 map[] = {
        [CLOSED] = 7,      [LISTEN] = 10,    [SYN_SENT] = 2,   [SYN_RCVD] = 3,
        [ESTABLISHED] = 1, [FIN_WAIT_1] = 4, [FIN_WAIT_2] = 5, [CLOSE_WAIT] = 8,
        [CLOSING] = 11,    [LAST_ACK] = 9,   [TIME_WAIT] = 6,
    };
    return (unsigned)pcb->state < sizeof(map) ? map[pcb->state] : 7;
}

u8 tcps_linux_state(const struct tcps *t)
{
    return t->state == TCPS_LISTEN ? 10 : t->pcb ? tcps_state_of(t->pcb) : 7;
}

static u32 count(const struct tcp_seg *seg)
{
    u32 n = 0;
    for (; seg; seg = seg->next)
        n++;
    return n;
}

void tcps_info(struct tcps *t, struct tcp_info *i)
{
    const struct tcp_pcb *pcb = t->pcb;
    memset(i, 0, sizeof(*i));
    i->tcpi_state = tcps_linux_state(t);
    if (t->state == TCPS_LISTEN) {
        i->tcpi_unacked = t->l->count; /* as Linux: the queue, and how long it may be */
        i->tcpi_sacked = t->l->backlog;
        return;
    }
    if (!pcb)
        return;
    i->tcpi_retransmits = pcb->nrtx;
    i->tcpi_probes = pcb->persist_probe;
    i->tcpi_backoff = pcb->persist_backoff;
    i->tcpi_options = (u8)((pcb->flags & TF_WND_SCALE ? TCPI_OPT_WSCALE : 0) |
                           (pcb->flags & TF_SACK ? TCPI_OPT_SACK : 0));
    i->tcpi_snd_wscale = pcb->snd_scale & 15;
    i->tcpi_rcv_wscale = pcb->rcv_scale & 15;
    i->tcpi_rto = tcps_rto_us(pcb);
    i->tcpi_snd_mss = i->tcpi_rcv_mss = i->tcpi_advmss = pcb->mss;
    i->tcpi_pmtu = pcb->mss + (IP_IS_V6_VAL(pcb->remote_ip) ? 60u : 40u);
    i->tcpi_unacked = count(pcb->unacked);
    i->tcpi_rcv_ssthresh = i->tcpi_rcv_space = pcb->rcv_wnd;
    i->tcpi_rtt = tcps_rtt_us(pcb);
    i->tcpi_rttvar = tcps_rttvar_us(pcb);
    i->tcpi_snd_ssthresh = pcb->ssthresh / MAX(pcb->mss, 1);
    i->tcpi_snd_cwnd = pcb->cwnd / MAX(pcb->mss, 1);
    i->tcpi_reordering = 3;
}
