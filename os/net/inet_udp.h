/* Of the UDP sockets alone (RFC 768): inet_udp.c sending and the ops, inet_udp_port.c ports,
 * inet_udp_in.c receiving.
 *
 * lwIP's own udp.c serves DHCP. Sockets go beside it, as a raw handler of protocol 17, because
 * nearly every rule of who gets a datagram is Linux's own: SO_REUSEPORT's groups, memberships by
 * socket, dual-stack sockets, bind's conflicts. What no socket takes goes on to lwIP, which sends
 * the "port unreachable".
 */
#ifndef PITH_NET_INET_UDP_H
#define PITH_NET_INET_UDP_H

#include "net/dgram.h"

#define UDP_HEADER 8u

/* dgram.proto_opt */
#define UDP_OPT_CORK 1u
#define UDP_OPT_NO_CHECK6_TX 2u
#define UDP_OPT_NO_CHECK6_RX 4u
#define UDP_OPT_GRO 8u

/* The sockets of a port, newest first. */
#define UDP_PORT_HASH 256u
extern struct list udp_ports[UDP_PORT_HASH];
static inline struct list *udp_chain(u16 port)
{
    return &udp_ports[port % UDP_PORT_HASH];
}
void udp_ports_start(void);
/* Gives d the address and port, 0 for any free one: 0, -EADDRINUSE, -EAGAIN when none is free. */
int udp_port_get(struct dgram *d, const ip_addr_t *ip, u16 port);
void udp_port_put(struct dgram *d);

/* Starts receiving: 0 or -ENOMEM. */
int udp_input_start(void);

/* Messages put together by MSG_MORE and UDP_CORK. */
struct udp_cork {
    struct dgram_to to;
    struct pbuf *p; /* data without a header */
};
/* Sends what is corked; 0 or -errno. */
int udp_push(struct dgram *d);

#endif
