/* What a TCP socket's own clock is for: corked data that waited long enough, a connection deferred
 * that nobody wrote to, a connect with TCP_SYNCNT, data that nobody acknowledges within
 * TCP_USER_TIMEOUT. One timer for all, in the part of a socket that most have not. */
#include <lwip/priv/tcp_priv.h>

#include "net/inet_tcp.h"

#define MSEC (NSEC_PER_SEC / 1000)

/* When the peer has been silent for too long about what it was sent; NEVER if nothing waits. */
static nsec_t stalled_until(struct tcps *t, nsec_t now)
{
    struct tcps_extra *x = t->x;
    if (!x->user_timeout || !t->pcb || t->state != TCPS_OPEN || !t->pcb->unacked) {
        x->stalled_at = 0;
        return NEVER;
    }
    if (!x->stalled_at || x->stalled_ack != t->pcb->lastack) {
        x->stalled_at = now;
        x->stalled_ack = t->pcb->lastack;
    }
    return x->stalled_at + x->user_timeout * MSEC;
}

static void fire(struct timer *timer)
{
    struct tcps_extra *x = container_of(timer, struct tcps_extra, timer);
    struct tcps *t = x->t;
    nsec_t now = time_mono();
    if (x->cork_until <= now)
        tcps_push(t);
    if (x->defer_until <= now)
        tcps_early_done(t);
    if (x->syn_until <= now || stalled_until(t, now) <= now) {
        x->syn_until = NEVER;
        tcps_fail(t, -ETIMEDOUT);
        net_kick();
    }
    tcps_timer_update(t);
}

void tcps_timer_update(struct tcps *t)
{
    struct tcps_extra *x = t->x;
    nsec_t now = time_mono();
    if (t->state != TCPS_CONNECTING)
        x->syn_until = NEVER;
    else if (x->syncnt && x->syn_until == NEVER)
        x->syn_until = now + ((2ull << x->syncnt) - 1) * NSEC_PER_SEC;
    nsec_t when = MIN(MIN(x->cork_until, x->defer_until), MIN(x->syn_until, stalled_until(t, now)));
    if (when == NEVER)
        timer_cancel(&x->timer);
    else
        timer_set(&x->timer, when, fire);
}
