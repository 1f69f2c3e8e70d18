/* The protocols' ticks: ARP, neighbour discovery, reassembly, IGMP, MLD. (TCP has its own:
 * net_tcp_timer.c.)
 *
 * lwIP wants each called at an interval of its own. Here one timer runs while packets come and go
 * and for a while after, so that what is under way (an unanswered ARP request, fragments) ends;
 * then it stops, and an idle guest sleeps for ever. What aged meanwhile catches up at the next
 * packet. */
#include "net/net.h"

#include <lwip/etharp.h>
#include <lwip/igmp.h>
#include <lwip/ip4_frag.h>
#include <lwip/ip6_frag.h>
#include <lwip/mld6.h>
#include <lwip/nd6.h>

#define MSEC (NSEC_PER_SEC / 1000)

struct tick {
    void (*run)(void);
    u32 ms;
    u32 most;   /* ticks after which all it looks at has aged */
    u32 linger; /* ticks it still runs when nothing happens any more */
    nsec_t last;
    u32 left, seen;
    struct timer timer;
};

static struct tick ticks[] = {
    {etharp_tmr, ARP_TMR_INTERVAL, 600, 8, 0, 0, 0, {0}},
    {nd6_tmr, ND6_TMR_INTERVAL, 600, 8, 0, 0, 0, {0}},
    {ip_reass_tmr, IP_TMR_INTERVAL, 60, 32, 0, 0, 0, {0}},
    {ip6_reass_tmr, IP6_REASS_TMR_INTERVAL, 120, 62, 0, 0, 0, {0}},
    {igmp_tmr, IGMP_TMR_INTERVAL, 300, 2, 0, 0, 0, {0}},
    {mld6_tmr, MLD6_TMR_INTERVAL, 300, 2, 0, 0, 0, {0}},
};

static u32 activity; /* counts packets, or nearly so */
static u32 running;  /* ticks whose timer is set */

/* Does a group owe a report? */
static bool reports(void)
{
    struct netif *n;
    NETIF_FOREACH(n)
    {
        for (struct igmp_group *g = netif_igmp_data(n); g; g = g->next)
            if (g->timer)
                return true;
        for (struct mld_group *g = netif_mld6_data(n); g; g = g->next)
            if (g->timer)
                return true;
    }
    return false;
}

static void fire(struct timer *t)
{
    struct tick *k = container_of(t, struct tick, timer);
    k->last = t->when;
    k->run();
    if (k->seen != activity) {
        k->seen = activity;
        k->left = k->linger;
    } else if (k->left) {
        k->left--;
    }
    if (k->left || ((k->run == igmp_tmr || k->run == mld6_tmr) && reports()))
        timer_set(t, t->when + k->ms * MSEC, fire);
    else
        running--;
    net_push();
}

void net_timer_busy(void)
{
    activity++;
    if (likely(running == ARRAY_SIZE(ticks)))
        return;
    nsec_t now = time_mono();
    for (struct tick *k = ticks; k < ticks + ARRAY_SIZE(ticks); k++) {
        if (k->timer.set)
            continue;
        u64 missed = k->last ? (now - k->last) / (k->ms * MSEC) : 0;
        for (missed = MIN(missed, k->most); missed; missed--)
            k->run();
        k->last = now;
        k->left = k->linger;
        timer_set(&k->timer, now + k->ms * MSEC, fire);
        running++;
    }
}
