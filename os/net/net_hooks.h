/* Where lwIP asks the library OS (LWIP_HOOK_*): routes, and options of DHCP answers. */
#ifndef PITH_NET_HOOKS_H
#define PITH_NET_HOOKS_H

#include <lwip/ip_addr.h>

struct netif;
struct pbuf;

/* net_route.c: the interface for a destination by the routes of the boot information, or 0. */
struct netif *net_route4(const ip4_addr_t *dest);
struct netif *net_route6(const ip6_addr_t *dest);
/* The gateway that leads there by this interface, the destination itself if it is on its link, 0:
 * no way that is known here. */
const ip4_addr_t *net_gateway4(struct netif *netif, const ip4_addr_t *dest);
const ip6_addr_t *net_gateway6(struct netif *netif, const ip6_addr_t *dest);
/* How many first bits an interface's i-th IPv6 address has in common with dest, of its network. */
unsigned net_common6(const struct netif *n, int i, const ip6_addr_t *dest);
/* net_tcp_isn.c: the first sequence number of a connection (RFC 6528). */
u32 net_tcp_isn(const ip_addr_t *local, u16 local_port, const ip_addr_t *remote, u16 remote_port);
/* net_dhcp.c: an option of an answer, len bytes at offset. */
void net_dhcp_option(u8_t option, u8_t len, struct pbuf *p, u16_t offset);

#define LWIP_HOOK_TCP_ISN(local, local_port, remote, remote_port)                                  \
    net_tcp_isn(local, local_port, remote, remote_port)
#define LWIP_HOOK_IP4_ROUTE(dest) net_route4(dest)
#define LWIP_HOOK_IP6_ROUTE(src, dest) net_route6(dest)
#define LWIP_HOOK_ETHARP_GET_GW(netif, dest) net_gateway4(netif, dest)
#define LWIP_HOOK_ND6_GET_GW(netif, dest) net_gateway6(netif, dest)
#define LWIP_HOOK_DHCP_PARSE_OPTION(netif, dhcp, state, msg, type, option, len, p, offset)         \
    net_dhcp_option(option, len, p, offset)

#endif
