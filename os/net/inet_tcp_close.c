/* The end of connections: close with SO_LINGER, and what the program's own end means for them.
 *
 * Linux's kernel outlives a program and sends what it left behind; here the guest stays until the
 * peers have acknowledged everything, as long as they go on doing so. */
#include <lwip/priv/tcp_priv.h>

#include "base/host.h"
#include "net/inet_tcp.h"
#include "sched/sched.h"

#define PATIENCE (2 * NSEC_PER_SEC) /* without an acknowledgement */
#define PATIENCE_ALL (60 * NSEC_PER_SEC)

static void send_fin(struct tcps *t)
{
    if (t->flags & TCPS_SEND_FIN)
        return;
    t->flags |= TCPS_SEND_FIN;
    tcp_shutdown(t->pcb, 0, 1);
    net_kick();
}

/* Is there still something the peer has not acknowledged, FIN included? */
static bool unfinished(const struct tcp_pcb *pcb)
{
    return pcb->unsent || pcb->unacked || pcb->flags & TF_CLOSEPEND;
}

void tcps_closing(struct socket *s)
{
    struct tcps *t = tcps_of(s);
    if (!s->linger || t->state != TCPS_OPEN || t->rx_len || !t->pcb)
        return; /* ends at once: tcps_release */
    send_fin(t);
    nsec_t deadline = time_mono() + (u64)s->linger * NSEC_PER_SEC;
    while (t->pcb && unfinished(t->pcb)) {
        t->flags |= TCPS_NOSPACE; /* wakes at the next acknowledgement */
        if (sock_wait(s, deadline) < 0)
            break;
    }
}

/* Every connection gets its FIN, or RST where data was left unread. */
static void close_all(void)
{
    for (struct tcp_pcb *pcb = tcp_active_pcbs, *next; pcb; pcb = next) {
        struct tcps *t = pcb->state == SYN_RCVD ? 0 : pcb->callback_arg;
        next = pcb->next;
        if (t &&
            (t->rx_len || t->parent || (t->is.s.options & SOCK_OPT_LINGER && t->is.s.linger == 0)))
            tcps_abort(t);
        else if (t)
            tcps_leave(t);
    }
}

static bool anything_left(u32 *progress)
{
    bool any = false;
    for (struct tcp_pcb *pcb = tcp_active_pcbs; pcb; pcb = pcb->next)
        if (pcb->state != SYN_RCVD && pcb->state != SYN_SENT && unfinished(pcb)) {
            any = true;
            *progress += pcb->lastack;
        }
    return any;
}

void host_exit_net(void)
{
    nsec_t end = time_mono() + PATIENCE_ALL, until = time_mono() + PATIENCE;
    u32 before = 0, progress = 0;
    close_all();
    net_kick();
    while (anything_left(&progress) && time_mono() < MIN(until, end)) {
        if (progress != before)
            until = time_mono() + PATIENCE;
        before = progress;
        progress = 0;
        nsec_t wake = MIN(timer_next(), MIN(until, end));
        sched_take_in(host_call(PITH_HC_WAIT, (long)wake, 0, 0, 0));
    }
    host_call(PITH_HC_WAIT, 0, 0, 0, 0); /* what other protocols have queued */
}
