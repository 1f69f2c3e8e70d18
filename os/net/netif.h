/* The network interfaces of this guest, over lwIP's: eth0.. for the devices in the boot
 * information, and lo. Everything is set up by net_start, at the first AF_INET, AF_INET6 or netlink
 * socket.
 *
 * lwIP runs without a thread of its own: all of it is called from the thread that makes a system
 * call, from the poll set (frames arrived) or from timers; nothing of it is ever entered twice. */
#ifndef PITH_NET_NETIF_H
#define PITH_NET_NETIF_H

#include "base/types.h"

/* Once: lwIP, lo, the devices, their addresses; with PITH_NET_DHCP it waits for an address for a
 * few seconds at most. 0 or -errno. May sleep. */
int net_start(void);
/* To be called when something was given to lwIP outside its own callbacks: sees to it that frames
 * that wait leave at the next PITH_HC_WAIT, or at once if many do, and that lwIP's timers run. */
void net_kick(void);

/* Linux's name of an interface: "lo", or what the boot information says. An interface of lwIP with
 * the state of another is a further IPv4 address of it, and has its name. */
struct netif;
const char *net_ifname(const struct netif *n);
/* The routes of the boot information, best first; net/net.h has the structure. */
struct net_route;
const struct net_route *net_route_first(void);
/* Of whoever keeps /etc/resolv.conf: DHCP named these DNS servers (network byte order). */
void net_dns_set(const void *ip4, unsigned n) WEAK;
/* A call found nothing to read and will not sleep: lets the host in if that has not happened for a
 * while. True if something came. */
bool net_starved(void) WEAK;

#endif
