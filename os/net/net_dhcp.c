/* DHCP (RFC 2131): starting it, waiting for the address, its ticks, and the DNS servers it names.
 * Only net_start waits; afterwards leases are renewed as time passes, in an idle guest too. */
#include "net/net_hooks.h"

#include "net/net.h"
#include "sched/thread.h"

#include <lwip/dhcp.h>
#include <lwip/ip_addr.h>
#include <lwip/netif.h>
#include <lwip/pbuf.h>
#include <lwip/prot/dhcp.h>

#define MSEC (NSEC_PER_SEC / 1000)
#define PATIENCE (8 * NSEC_PER_SEC)

static struct timer fine, coarse;
static struct waitq waiting = WAITQ_INIT(waiting);
static netif_ext_callback_t watch;
static ip4_addr_t servers[LWIP_DHCP_MAX_DNS_SERVERS];

/* Is any interface not yet, or no more, sure of its address? */
static bool busy(void)
{
    struct netif *n;
    NETIF_FOREACH(n)
    {
        struct dhcp *d = netif_dhcp_data(n);
        if (d && d->state != DHCP_STATE_OFF && d->state != DHCP_STATE_BOUND)
            return true;
    }
    return false;
}

static void fine_fire(struct timer *t)
{
    dhcp_fine_tmr();
    if (busy())
        timer_set(t, t->when + DHCP_FINE_TIMER_MSECS * MSEC, fine_fire);
    net_kick();
}

static void coarse_fire(struct timer *t)
{
    dhcp_coarse_tmr();
    timer_set(t, t->when + DHCP_COARSE_TIMER_MSECS * MSEC, coarse_fire);
    if (busy() && !fine.set)
        timer_set(&fine, t->when + (nsec_t)0, fine_fire);
    net_kick();
}

static void changed(struct netif *n, netif_nsc_reason_t reason,
                    const netif_ext_callback_args_t *args)
{
    (void)n;
    (void)reason;
    (void)args;
    waitq_wake(&waiting, ~0u);
}

int net_dhcp_start(struct netif *n)
{
    nsec_t now = time_mono();
    if (!coarse.set) {
        netif_add_ext_callback(&watch, changed);
        timer_set(&coarse, now + DHCP_COARSE_TIMER_MSECS * MSEC, coarse_fire);
        timer_set(&fine, now + DHCP_FINE_TIMER_MSECS * MSEC, fine_fire);
    }
    return dhcp_start(n) == ERR_OK ? 0 : -ENOMEM;
}

void net_dhcp_wait(void)
{
    nsec_t end = time_mono() + PATIENCE;
    if (!coarse.set)
        return;
    net_kick();
    while (busy() && waitq_sleep(&waiting, end) == 0)
        ;
}

void net_dhcp_option(u8_t option, u8_t len, struct pbuf *p, u16_t offset)
{
    if (option != DHCP_OPTION_DNS_SERVER || len % 4)
        return;
    unsigned n = MIN(len / 4u, ARRAY_SIZE(servers));
    if (pbuf_copy_partial(p, servers, (u16_t)(n * 4), offset) == n * 4 && net_dns_set)
        net_dns_set(servers, n);
}
