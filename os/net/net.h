/* Of os/net alone: how the parts under the sockets hang together.
 *
 *   net_start.c   once: lwIP, lo, the devices; and what happens after each use of lwIP
 *   net_config.c  addresses and routes of the boot information; net_dhcp.c: of a server
 *   net_inside.c  the host's end of lo
 *   net_route.c   which interface and gateway lead to an address
 *   net_timer.c   the protocols' ticks, which run only while something is under way
 *   net_port.c    memory, random numbers and time for lwIP
 *   net_tcp_*.c   TCP's lookup, timers and first sequence numbers, which lwIP's code calls
 *   virtio_net*.c the driver of the boot information's network devices
 */
#ifndef PITH_NET_NET_H
#define PITH_NET_NET_H

#include "base/types.h"
#include "net/netif.h"
#include "sched/timer.h"

#include <lwip/ip_addr.h>

/* A route of the boot information, sorted by how well it fits. */
struct net_route {
    struct net_route *next;
    struct netif *netif;
    struct pith_net_route route;
    union {
        ip4_addr_t ip4;
        ip6_addr_t ip6;
    } via;
};
int net_route_add(const struct pith_net_route *route, struct netif *netif);

int net_config(void);
/* net_inside.c: the device behind lo, if there is one; a packet that came by it, which it takes. */
struct pbuf;
void net_inside_start(struct netif *lo);
void net_inside_input(struct pbuf *p);
int net_dhcp_start(struct netif *n);
/* Sleeps until every interface has its address, for a few seconds at most. */
void net_dhcp_wait(void);

/* From inside lwIP: hands what is queued to the host at once; what comes with it is taken in later,
 * by net_kick. */
void net_flush(void);

extern nsec_t net_looked; /* when frames were last taken in */

/* Frees what the devices have sent: it may be needed again, for sending it again. */
void net_reclaim(void);

/* What net_kick does, for the ticks themselves: they are nothing that keeps ticks going. */
void net_push(void);

/* Something was sent or received: the ticks run for a while. */
void net_timer_busy(void);

#endif
