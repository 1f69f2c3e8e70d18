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
    u32 flags;            /* INET_* */
    s16 ttl, hops;        /* IP_TTL, IPV6_UNICAST_HOPS; -1: the default (64) */
    u8 tos, tclass;       /* IP_TOS, IPV6_TCLASS */
    u8 mc_ttl, mc_hops;   /* IP_MULTICAST_TTL, IPV6_MULTICAST_HOPS: 1 */
    u8 pmtu4, pmtu6;      /* IP_MTU_DISCOVER, IPV6_MTU_DISCOVER: IP_PMTUDISC_* */
    u8 min_ttl, min_hops; /* IP_MINTTL, IPV6_MINHOPCOUNT: what comes with less is dropped */
    u16 port_lo, port_hi; /* IP_LOCAL_PORT_RANGE; 0: the machine's */
    u32 frag6;            /* IPV6_MTU: most bytes of a packet, 0: the interface's */
    u32 unicast_if;       /* IP_UNICAST_IF, IPV6_UNICAST_IF */
    u32 mc_if4, mc_if6;   /* IP_MULTICAST_IF, IPV6_MULTICAST_IF: interface, 0: by route */
    ip4_addr_t mc_addr;   /* IP_MULTICAST_IF: source address, any: the interface's */
    struct inet_group *groups;
};
#define INET_V6ONLY 0x1u
#define INET_HDRINCL 0x2u
#define INET_FREEBIND 0x4u
#define INET_TRANSPARENT 0x8u
#define INET_RECVERR 0x10u
#define INET_RECVERR6 0x20u
#define INET_PKTINFO 0x40u
#define INET_RECVTTL 0x80u
#define INET_RECVTOS 0x100u
#define INET_RECVORIGDST 0x200u
#define INET_RECVPKTINFO6 0x400u
#define INET_RECVHOPS 0x800u
#define INET_RECVTCLASS 0x1000u
#define INET_RECVORIGDST6 0x2000u
#define INET_RECVOPTS 0x4000u
#define INET_RETOPTS 0x8000u
#define INET_MC_LOOP 0x10000u  /* IP_MULTICAST_LOOP, on by default */
#define INET_MC_LOOP6 0x20000u /* IPV6_MULTICAST_LOOP, the same */
#define INET_MC_ALL 0x40000u   /* IP_MULTICAST_ALL, the same */
#define INET_MC_ALL6 0x80000u
#define INET_ROUTER_ALERT 0x100000u
#define INET_NODEFRAG 0x200000u
#define INET_BIND_NO_PORT 0x400000u
#define INET_DONTFRAG6 0x800000u
#define INET_AUTOFLOW 0x1000000u
#define INET_FLOWSEND 0x2000000u
#define INET_RECVFRAGSIZE 0x4000000u
#define INET_RECVFRAGSIZE6 0x8000000u
#define INET_CHECKSUM 0x10000000u
#define INET_RECVOPTS6 0x20000000u /* one of the IPV6_RECV*OPTS, RECVRTHDR: nothing ever comes */
#define INET_FLOWINFO6 0x40000000u

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

enum inet_kind { INET_FOREIGN, INET_ANY, INET_LOCAL, INET_BROADCAST, INET_MULTICAST };
/* What an address is to this machine. */
enum inet_kind inet_kind(const ip_addr_t *ip);
/* Do two bound local addresses share packets? An any-address meets all of its families. */
bool inet_addrs_meet(const ip_addr_t *a, const ip_addr_t *b);

/* The part of bind that TCP, UDP, raw and ping sockets share: the checks up to -EADDRNOTAVAIL
 * and, for ports below 1024, -EACCES. groups: may it be a group or broadcast address? (TCP: no.)
 * Nothing is changed. */
int inet_bind_check(const struct inet_socket *is, const void *name, unsigned len, bool groups,
                    ip_addr_t *ip, u16 *port);

/* How a packet from src (any: chosen) to dst leaves: *src and *nif are set. -ENETUNREACH,
 * -EHOSTUNREACH, -EINVAL for a src that is not local. bound: an interface, 0 = by route. An
 * any-destination becomes the loopback address, as on Linux. */
int inet_route(const struct inet_socket *is, ip_addr_t *dst, ip_addr_t *src, u32 bound,
               struct netif **nif);
/* lwIP's err_t as -errno. */
int inet_errno(err_t e);
/* May the program send and receive raw packets, take ports below 1024 ...: is it root? */
bool inet_privileged(void);
/* The next port to try when the program asks for none: an ephemeral one (32768 to 60999), each of
 * the range once if called 28232 times with the same *state, which begins as 0. */
u16 inet_ephemeral(u32 *state);
/* Tells the host about a port that has become reachable (PITH_HC_LISTENING). */
void inet_listening(int protocol, const ip_addr_t *local, u16 port);

/* ---- multicast groups, net/inet_mcast.c ---- */
/* Is a packet of group dst from src that came by nif for this socket? */
bool inet_group_wanted(const struct inet_socket *is, const ip_addr_t *dst, const ip_addr_t *src,
                       const struct netif *nif);

/* ---- the families' protocols ---- */
int udp_socket(int family, struct socket **out);
int raw_socket(int family, int protocol, struct socket **out);
int ping_socket(int family, struct socket **out);

#endif
