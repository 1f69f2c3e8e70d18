/* Once: the stack and its interfaces. See net/netif.h. */
#include "net/net.h"

#include <lwip/igmp.h>
#include <lwip/netif.h>
#include <lwip/priv/tcp_priv.h>
#include <lwip/udp.h>

#define LO_MTU 65535 /* lwIP's sizes have 16 bits; Linux says 65536 */

static bool started;

int net_start(void)
{
    if (started)
        return 0;
    started = true;
    netif_init();
    netif_list->mtu = LO_MTU; /* lo, the only one yet */
    udp_init();
    tcp_init();
    igmp_init();
    return 0;
}

/* Frames to our own addresses wait in their interface: taking them in may send more. */
static void loop(void)
{
    static bool busy;
    if (busy)
        return;
    busy = true;
    netif_poll_all();
    busy = false;
}

void net_kick(void)
{
    loop();
    net_timer_busy();
}
