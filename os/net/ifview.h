/* The network interfaces as a program sees them: one for lo and one for each device, numbered as
 * lwIP numbers them (lo is 1). An interface of lwIP that only carries a further IPv4 address of
 * another (net/netif.h) is not shown, its address is the other's. */
#ifndef PITH_NET_IFVIEW_H
#define PITH_NET_IFVIEW_H

#include <lwip/netif.h>

#include "net/virtio_net.h"

/* IFF_* of <linux/if.h>, which drags libc's headers in. */
#define IFF_UP 1u
#define IFF_BROADCAST 2u
#define IFF_LOOPBACK 8u
#define IFF_RUNNING 0x40u
#define IFF_MULTICAST 0x1000u
#define IFF_LOWER_UP 0x10000u

struct if_view {
    struct netif *nif;
    const struct virtio_net *dev; /* 0: lo */
    const char *name;
    u32 index, flags, mtu;
};
/* The interface of this number. */
bool if_view(u32 index, struct if_view *v);
bool if_view_named(const char *name, struct if_view *v);
/* The first with a number >= index. */
bool if_next(u32 index, struct if_view *v);

struct if_addr {
    struct if_view of;
    u8 family, prefix; /* AF_INET or AF_INET6 */
    u8 scope;          /* RT_SCOPE_* */
    u8 addr[16];
    u32 broadcast; /* network byte order; 0: none */
};
/* Walks all addresses of a family, *at begins as 0. False: no more. */
bool if_addr_next(u8 family, u32 *at, struct if_addr *a);

/* A route as `ip route` and /proc/net/route show it. */
struct if_route {
    u8 family, prefix, scope; /* RT_SCOPE_* */
    u8 protocol;              /* RTPROT_* */
    u8 to[16], via[16], src[16];
    bool has_via, has_src;
    u32 index, metric;
};
/* Walks all routes of a family, *at begins as 0. */
bool if_route_next(u8 family, u32 *at, struct if_route *r);

#endif
