/* What the sockets of AF_INET and AF_INET6 share, whatever their protocol: addresses, routes, the
 * options of levels SOL_IP and SOL_IPV6, multicast groups.
 *
 * Rules
 *  - An address inside is lwIP's ip_addr_t. An IPv4 address on an AF_INET6 socket is an IPv4 one
 *    inside and ::ffff:a.b.c.d (RFC 4291, 2.5.5.2) outside.
 *  - A socket that is not bound has the any-address of its family; that of AF_INET6 without
 *    IPV6_V6ONLY has type IPADDR_TYPE_ANY: it hears both.
 *  - Ports are in host byte order.
 *  - A struct inet_socket is the first member of the protocol's own structure.
 */
#ifndef PITH_NET_INET_H
#define PITH_NET_INET_H

#include <lwip/ip_addr.h>
#include <lwip/netif.h>

#include "net/linux.h"
#include "net/socket.h"

struct inet_group; /* a joined multicast group, net/inet_mcast.c */
struct inet_error; /* an entry of the error queue, net/inet_err.c */

/* Options of SOL_IP and SOL_IPV6. Zeroed memory is Linux's defaults after inet_opt_init. */
struct inet_opt {
    u64 flags;          /* INET_* */
    int16_t ttl, hops;  /* IP_TTL, IPV6_UNICAST_HOPS; -1: the default (64) */
    u8 tos, tclass;     /* IP_TOS, IPV6_TCLASS */
    u8 mc_ttl, mc_hops; /* IP_MULTICAST_TTL, IPV6_MULTICAST_HOPS: 1 */
    u8 pmtu4, pmtu6;    /* IP_MTU_DISCOVER, IPV6_MTU_DISCOVER: IP_PMTUDISC_* */
    u32 frag6;          /* IPV6_MTU: most bytes of a packet, 0: the interface's */
    u32 unicast_if;     /* IP_UNICAST_IF, IPV6_UNICAST_IF */
    u32 mc_if4, mc_if6; /* IP_MULTICAST_IF, IPV6_MULTICAST_IF: interface, 0: by route */
    ip4_addr_t mc_addr; /* IP_MULTICAST_IF: source address, any: the interface's */
    struct inet_group *groups;
};
#define INET_V6ONLY (1ull << 0)
#define INET_HDRINCL (1ull << 1)
#define INET_FREEBIND (1ull << 2)
#define INET_TRANSPARENT (1ull << 3)
#define INET_RECVERR (1ull << 4)
#define INET_RECVERR6 (1ull << 5)
#define INET_PKTINFO (1ull << 6)
#define INET_RECVTTL (1ull << 7)
#define INET_RECVTOS (1ull << 8)
#define INET_RECVORIGDST (1ull << 9)
#define INET_RECVPKTINFO6 (1ull << 10)
#define INET_RECVHOPS (1ull << 11)
#define INET_RECVTCLASS (1ull << 12)
#define INET_RECVORIGDST6 (1ull << 13)
#define INET_RECVOPTS (1ull << 14)
#define INET_RETOPTS (1ull << 15)
#define INET_MC_LOOP (1ull << 16)  /* IP_MULTICAST_LOOP, on by default */
#define INET_MC_LOOP6 (1ull << 17) /* IPV6_MULTICAST_LOOP, the same */
#define INET_MC_ALL (1ull << 18)   /* IP_MULTICAST_ALL, the same */
#define INET_MC_ALL6 (1ull << 19)
#define INET_ROUTER_ALERT (1ull << 20)
#define INET_NODEFRAG (1ull << 21)
#define INET_BIND_NO_PORT (1ull << 22)
#define INET_DONTFRAG6 (1ull << 23)
#define INET_AUTOFLOW (1ull << 24)
#define INET_FLOWSEND (1ull << 25)
#define INET_RECVFRAGSIZE (1ull << 26)
#define INET_RECVFRAGSIZE6 (1ull << 27)
#define INET_CHECKSUM (1ull << 28)
#define INET_FLOWINFO6 (1ull << 29)
#define INET_OLD_PKTINFO6 (1ull << 30)
#define INET_OLD_HOPS (1ull << 31)
#define INET_RECVRTHDR (1ull << 32) /* this and the next three: none ever comes */
#define INET_RECVHOPOPTS (1ull << 33)
#define INET_RECVDSTOPTS (1ull << 34)
#define INET_RECVPATHMTU (1ull << 35)

struct inet_socket {
    struct socket s;
    struct inet_opt opt;
    ip_addr_t local, remote; /* remote: any if not connected */
    u16 local_port, remote_port;
};
static inline struct inet_socket *inet_socket_of(struct socket *s)
{
    return (struct inet_socket *)s;
}

/* After sock_init: addresses and options become those of a new socket of its family. */
void inet_init(struct inet_socket *is);

/* ---- options ---- */
/* setsockopt and getsockopt of SOL_IP and SOL_IPV6; another level is -ENOPROTOOPT. What changes
 * how packets are sent is in is->opt afterwards; a protocol whose lwIP pcb holds its own copy takes
 * it from there. val, len: as socket_ops has them. May join groups. */
int inet_setopt(struct inet_socket *is, int level, int name, const void *val, unsigned len);
int inet_getopt(struct inet_socket *is, int level, int name, void *val, unsigned *len);
/* What the header of a packet to dst gets. */
u8 inet_ttl(const struct inet_socket *is, const ip_addr_t *dst);
u8 inet_tos(const struct inet_socket *is, const ip_addr_t *dst);
/* The socket ends: leaves its groups. */
void inet_opt_release(struct inet_socket *is);

/* ---- addresses ---- */
/* The any-address of the socket's family, as it is now (IPV6_V6ONLY may change). */
void inet_any(const struct inet_socket *is, ip_addr_t *out);
/* A sockaddr of the program: 0, -EINVAL if too short, -EAFNOSUPPORT for another family. A
 * link-local address gets its zone from scope_id or SO_BINDTODEVICE; without one *zone_missing is
 * set if the caller wants to know (then -EINVAL is its to return). */
int inet_name_get(const struct inet_socket *is, const void *name, unsigned len, ip_addr_t *ip,
                  u16 *port, bool *zone_missing);
/* The other way: fills sockaddr_in or sockaddr_in6 by the socket's family; its length. */
int inet_name_put(const struct inet_socket *is, void *name, const ip_addr_t *ip, u16 port);
/* ops->getname of all protocols: -ENOTCONN for the peer if remote_port is 0. */
int inet_getname(struct socket *s, void *name, bool peer);

/* ops->ioctl: the requests about interfaces, net/ifconf.c. */
long inet_ioctl(struct socket *s, unsigned cmd, unsigned long arg);

enum inet_kind { INET_FOREIGN, INET_ANY, INET_LOCAL, INET_BROADCAST, INET_MULTICAST };
/* What an address is to this machine. */
enum inet_kind inet_kind(const ip_addr_t *ip);
/* Do two bound local addresses share packets? An any-address meets all of its families. */
bool inet_addrs_meet(const ip_addr_t *a, const ip_addr_t *b);

/* The part of bind that TCP, UDP, raw and ping sockets share: the checks up to -EADDRNOTAVAIL.
 * Ports below 1024 are anybody's, as in a container: the network is the program's own. groups: may
 * it be a group or broadcast address? (TCP: no.) Nothing is changed. */
int inet_bind_check(const struct inet_socket *is, const void *name, unsigned len, bool groups,
                    ip_addr_t *ip, u16 *port);

/* How a packet from src (any: chosen) to dst leaves: *src and *nif are set. -ENETUNREACH,
 * -EINVAL for an IPv6 src that is not local. bound: an interface, 0 = by route. An
 * any-destination becomes the loopback address, as on Linux. */
int inet_route(const struct inet_socket *is, ip_addr_t *dst, ip_addr_t *src, u32 bound,
               struct netif **nif);
/* The number that programs know an interface of lwIP by: one that only carries a further address of
 * a device has that of the device's first. */
u32 inet_if_index(const struct netif *nif);
/* Most bytes of a packet on the interface. */
u32 inet_mtu(const struct netif *nif, bool six);
/* lwIP's err_t as -errno. */
int inet_errno(err_t e);
/* May the program send and receive raw packets ...: is it root? */
bool inet_privileged(void);
/* The next port to try when the program asks for none (32768 to 60999): each once if called
 * INET_EPHEMERAL times with the same *state, which begins as 0. */
#define INET_EPHEMERAL 28232u
u16 inet_ephemeral(u32 *state);
/* Tells the host about a port that has become reachable (PITH_HC_LISTENING). */
void inet_listening(int protocol, const ip_addr_t *local, u16 port);

/* ---- multicast groups, net/inet_mcast.c ---- */
/* Is a packet of group dst from src that came by nif for this socket? */
bool inet_group_wanted(const struct inet_socket *is, const ip_addr_t *dst, const ip_addr_t *src,
                       const struct netif *nif);

/* An ICMP error about a TCP segment from local to remote (RFC 1122, 4.2.3.9); of TCP's sockets, 0
 * if there are none. fatal: as Linux has it, worth ending a connection that is being set up. */
void inet_tcp_error(const ip_addr_t *local, u16 port, const ip_addr_t *remote, u16 remote_port,
                    int error, bool fatal) WEAK;

/* ---- the families' protocols ---- */
int udp_socket(int family, struct socket **out);
int raw_socket(int family, int protocol, struct socket **out);
int ping_socket(int family, struct socket **out);

#endif
