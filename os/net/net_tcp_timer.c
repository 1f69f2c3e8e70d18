/* TCP's timers: one for each connection, set only while something is due, so that idle connections
 * cost nothing however many there are.
 *
 * net_tcp_timer is called after every change of a connection and is cheap when the timer is already
 * set early enough: a deadline that moves away leaves it where it is, and the timer looks again
 * when it goes off. Times are milliseconds in 32 bits, which wrap; they are compared by difference.
 */
#include "net/net.h"

#include <lwip/priv/tcp_priv.h>

#define MSEC (NSEC_PER_SEC / 1000)
/* What failed for want of memory, or of room in the driver's ring, is tried again after this. */
#define RETRY 10u

static u32 earlier(u32 a, u32 b)
{
    return (s32)(a - b) < 0 ? a : b;
}

static u32 persist_interval(const struct tcp_pcb *pcb)
{
    u32 ms = (u32)pcb->rto << (pcb->persist_backoff - 1);
    return MIN(ms, (u32)TCP_RTO_MOST);
}

static bool kept_alive(const struct tcp_pcb *pcb)
{
    return ip_get_option(pcb, SOF_KEEPALIVE) &&
           (pcb->state == ESTABLISHED || pcb->state == CLOSE_WAIT);
}

/* How long a connection may stay in its state without hearing of the peer; 0: for ever. */
static u32 patience(const struct tcp_pcb *pcb)
{
    switch (pcb->state) {
    case TIME_WAIT:
    case LAST_ACK:
        return 2 * TCP_MSL;
    case FIN_WAIT_2:
        return pcb->flags & TF_RXCLOSED ? TCP_FIN_WAIT_TIMEOUT : 0;
    case SYN_RCVD:
        return TCP_SYN_RCVD_TIMEOUT;
    default:
        return 0;
    }
}

/* A large frame's acknowledgement waits for nothing but the end of what is being done: the timer
 * goes off before anybody sleeps, and one tells of all frames that came together. It leaves with
 * the next call of the host, which fetches the data: a sender that measures the time of its way
 * (BBR) takes what waits longer for a slow path. */
static bool ack_soon(const struct tcp_pcb *pcb)
{
    return (pcb->flags & (TF_ACK_DELAY | TF_ACK_SOON)) == (TF_ACK_DELAY | TF_ACK_SOON);
}

static u32 ack_time(const struct tcp_pcb *pcb)
{
    return pcb->flags & TF_ACK_SOON ? pcb->ack_from : pcb->ack_from + TCP_DELAYED_ACK;
}

/* When the next thing is due; false: nothing ever is. */
static bool due(const struct tcp_pcb *pcb, u32 *at)
{
    bool any = false;
    u32 wait = patience(pcb);
#define BY(time)                                                                                   \
    do {                                                                                           \
        *at = any ? earlier(*at, time) : (time);                                                   \
        any = true;                                                                                \
    } while (0)
    if (wait)
        BY(pcb->tmr + wait);
    if (pcb->persist_backoff)
        BY(pcb->persist_from + persist_interval(pcb));
    else if (pcb->rtime >= 0)
        BY(pcb->rto_from + (u32)pcb->rto);
    if (pcb->flags & TF_ACK_DELAY)
        BY(ack_time(pcb));
    if (pcb->flags & (TF_CLOSEPEND | TF_NAGLEMEMERR) || pcb->refused_data)
        BY(tcp_ticks + RETRY);
    if (kept_alive(pcb))
        BY(pcb->tmr + pcb->keep_idle + pcb->keep_cnt_sent * pcb->keep_intvl);
#undef BY
    return any;
}

static void fire(struct timer *t);

static void set(struct tcp_pcb *pcb, u32 at)
{
    nsec_t now = time_mono();
    s32 left = (s32)(at - (u32)(now / MSEC));
    nsec_t wait = left > 0 ? (u32)left * MSEC : 0;
    pcb->timer_at = at;
    pcb->timer_soon = ack_soon(pcb);
    timer_set(&pcb->timer, now + wait, fire);
}

void net_tcp_timer(struct tcp_pcb *pcb)
{
    u32 at;
    if (pcb->timer_soon && !ack_soon(pcb)) { /* nothing is to be hurried any more */
        timer_cancel(&pcb->timer);
        pcb->timer_soon = 0;
    }
    if (pcb->state != CLOSED && due(pcb, &at) &&
        !(pcb->timer.set && (s32)(pcb->timer_at - at) <= 0))
        set(pcb, at);
}

static bool passed(u32 at)
{
    return (s32)(tcp_ticks - at) >= 0;
}

/* What lwIP does in its slow and fast timers, for one connection; false: it is gone. */
static bool work(struct tcp_pcb *pcb)
{
    u32 wait = patience(pcb);
    if (wait && passed(pcb->tmr + wait))
        goto gone;
    if (pcb->persist_backoff) {
        if (passed(pcb->persist_from + persist_interval(pcb))) {
            if (pcb->persist_probe >= TCP_MAXRTX)
                goto gone;
            tcp_persist_due(pcb);
        }
    } else if (pcb->rtime >= 0 && passed(pcb->rto_from + (u32)pcb->rto)) {
        if (pcb->nrtx >= (pcb->state == SYN_SENT ? TCP_SYNMAXRTX : TCP_MAXRTX))
            goto gone;
        tcp_rto_due(pcb);
    }
    if (kept_alive(pcb) &&
        passed(pcb->tmr + pcb->keep_idle + pcb->keep_cnt_sent * pcb->keep_intvl)) {
        if (pcb->keep_cnt_sent >= pcb->keep_cnt) {
            tcp_timed_out(pcb, 1);
            return false;
        }
        if (tcp_keepalive(pcb) == ERR_OK)
            pcb->keep_cnt_sent++;
    }
    if (pcb->flags & TF_ACK_DELAY && passed(ack_time(pcb))) {
        tcp_clear_flags(pcb, TF_ACK_DELAY);
        tcp_ack_now(pcb);
        tcp_output(pcb);
    }
    if (pcb->flags & TF_CLOSEPEND) {
        tcp_clear_flags(pcb, TF_CLOSEPEND);
        tcp_close_shutdown_fin(pcb);
    } else if (pcb->flags & TF_NAGLEMEMERR) {
        tcp_output(pcb);
    }
    return !pcb->refused_data || tcp_process_refused_data(pcb) != ERR_ABRT;
gone:
    tcp_timed_out(pcb, 0);
    return false;
}

static void fire(struct timer *t)
{
    struct tcp_pcb *pcb = container_of(t, struct tcp_pcb, timer);
    u32 at;
    tcp_ticks = net_now_ms();
    net_reclaim();
    if (work(pcb) && due(pcb, &at))
        set(pcb, (s32)(at - tcp_ticks) < (s32)RETRY ? tcp_ticks + RETRY : at);
    net_kick();
}
