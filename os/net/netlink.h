/* Netlink sockets of NETLINK_ROUTE: what getifaddrs, if_nameindex, `ip` and their likes ask about
 * links, addresses, routes and neighbours. Nothing can be changed, and nobody is told of changes.
 *
 *   netlink.c         the socket: names, requests in, answers out
 *   netlink_route.c   which request is answered how
 *   netlink_show.c    the messages: a link, an address, a route, a neighbour
 */
#ifndef PITH_NET_NETLINK_H
#define PITH_NET_NETLINK_H

#include "net/socket.h"

#include <linux/netlink.h>

struct netlink;

/* One datagram of answers; it grows no further than NETLINK_CHUNK unless one message needs it. */
#define NETLINK_CHUNK                                                                              \
    3776u /* what Linux fills at most for a reader whose buffer it does not know */
struct netlink_out {
    struct netlink *to;
    const struct nlmsghdr *request; /* its sequence number goes into every answer */
    u16 flags;                      /* NLM_F_MULTI in a dump */
    u8 *buf;                        /* the datagram under way, NETLINK_CHUNK bytes */
    u32 used;
    int error; /* -ENOBUFS: an answer was lost */
};
/* Begins a message with a body of n bytes; the body (zeroed), or 0. Attributes follow; netlink_end
 * ends it. */
void *netlink_begin(struct netlink_out *o, u16 type, u32 n);
void netlink_attr(struct netlink_out *o, u16 type, const void *data, u32 n);
void netlink_attr_u32(struct netlink_out *o, u16 type, u32 v);
void netlink_end(struct netlink_out *o);

/* Answers one request of `len` bytes, header and all: 0 or -errno, for the acknowledgement. May add
 * a whole dump; *dumped tells that no acknowledgement follows. */
int netlink_route(struct netlink_out *o, const struct nlmsghdr *request, u32 len, bool *dumped);

/* ---- messages, netlink_show.c ---- */
struct if_view;
struct if_addr;
struct if_route;
void netlink_show_link(struct netlink_out *o, const struct if_view *v);
void netlink_show_addr(struct netlink_out *o, const struct if_addr *a);
void netlink_show_route(struct netlink_out *o, const struct if_route *r);
/* All neighbours of the family (0: both) on the interface (0: all). */
void netlink_show_neighbours(struct netlink_out *o, u8 family, u32 index);

#endif
