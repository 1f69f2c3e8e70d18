/* Sockets of datagrams over IP: UDP, raw and ping sockets. What they share is a queue of received
 * messages, one of errors, control messages, and the rules of bind and connect.
 *
 * Rules
 *  - A message waits as the buffers it came in, as long as they are not a driver's: those are
 * copied, so that a slow reader holds no receive buffer of a device.
 *  - A queue is bounded by SO_RCVBUF in bytes of memory, counted as Linux counts them; what does
 *    not fit is dropped and counted.
 */
#ifndef PITH_NET_DGRAM_H
#define PITH_NET_DGRAM_H

#include <lwip/pbuf.h>

#include "base/list.h"
#include "net/inet.h"

struct sock_extended_err; /* <linux/errqueue.h> */

/* A message that was received, or an error about one that was sent. */
struct dgram_msg {
    struct list node;
    struct pbuf *p; /* the data; of an error what came back of it, may be 0 */
    ip_addr_t src;  /* sender; of an error where the message was to go */
    ip_addr_t dst;  /* its destination; of an error who reported it, any: this machine */
    u16 port;       /* the sender's; of an error the destination's */
    u8 ttl, tos;    /* of its IP header */
    u8 index;       /* the interface it came by */
    u32 charge;     /* bytes of SO_RCVBUF it takes */
    u32 drops;      /* how many had been dropped before it */
    u32 flow;       /* IPv6 flow label with traffic class, network order */
    nsec_t time;    /* on the real-time clock, when it came */
    u16 dst_port;
    u16 error; /* not 0: an error; the rest as in struct sock_extended_err */
    u8 origin, type, code;
    u32 info;
};

struct dgram {
    struct inet_socket is;
    struct list queue, errors;
    u32 queued; /* bytes charged, of both queues */
    u32 drops;
    struct list bound;           /* udp: among those of its port; raw, ping: among all */
    bool addr_fixed, port_fixed; /* by bind: connect(AF_UNSPEC) keeps them */
    bool connected;
    void (*unbind)(struct dgram *d); /* leaves the table of ports; may be 0 */
    u32 proto_opt;                   /* of the protocol */
    u16 segment;                     /* UDP_SEGMENT */
    struct udp_cork *cork;
    u32 filter[8];   /* raw: ICMP_FILTER (first word), ICMPV6_FILTER: types not let in */
    s32 checksum_at; /* raw: IPV6_CHECKSUM, -1: off */
};
static inline struct dgram *dgram_of(struct socket *s)
{
    return (struct dgram *)s;
}

/* A new socket, or 0. */
struct dgram *dgram_new(const struct socket_ops *ops, int family, int type, int protocol);

/* ---- receiving ---- */
/* lwIP is handing over a packet (ip_current_*): queues p, which begins with what recv shows, and
 * takes its reference. */
void dgram_queue(struct dgram *d, struct pbuf *p, u16 src_port, u16 dst_port);
/* ops->recv, poll, pending. */
ssize_t dgram_recv(struct socket *s, struct sock_msg *m);
u32 dgram_poll(struct socket *s);
long dgram_pending(struct socket *s, bool out);
int dgram_shutdown(struct socket *s, int how);
/* Leaves groups, empties the queues, frees d. */
void dgram_free(struct dgram *d);
/* Control messages of one that is being received. */
void dgram_cmsg(struct dgram *d, const struct dgram_msg *g, struct sock_msg *m);

/* ---- errors ---- */
/* An error about a message to `to`: for SO_ERROR if it is fatal and d connected, for the error
 * queue if d has IP_RECVERR. e: a filled struct of which this takes a copy; e->p is taken over. */
void dgram_error(struct dgram *d, const struct dgram_msg *e, bool fatal);
/* recv with MSG_ERRQUEUE. */
ssize_t dgram_recv_error(struct dgram *d, struct sock_msg *m);
/* Sending failed here with -EMSGSIZE: an entry for the error queue. */
void dgram_too_big(struct dgram *d, const ip_addr_t *to, u16 port, u32 mtu);
/* Registers with lwIP for ICMP's errors; once. */
void dgram_errors_start(void);
/* An ICMP error about a UDP datagram, an echo request: e as for dgram_error. True: it was ours and
 * e->p was taken. */
bool udp_error(const ip_addr_t *local, u16 port, const struct dgram_msg *e, bool fatal);
bool raw_error(int protocol, const ip_addr_t *local, const struct dgram_msg *e, bool fatal);
bool ping_error(u16 id, const struct dgram_msg *e, bool fatal);

extern struct list raw_sockets; /* through dgram.bound */
/* A UDP datagram (p begins with its IP header) for the raw sockets of that protocol. */
void raw_copy_udp(struct pbuf *p);

/* ---- sending ---- */
struct dgram_to {
    ip_addr_t dst, src;
    struct netif *nif;
    u16 port;
    u8 ttl, tos;
    u16 segment; /* UDP_SEGMENT of this call */
    u32 bound;   /* interface asked for, 0: none */
};
/* Where m goes, by its name or connect, control messages and options: 0 or -errno as Linux's
 * udp_sendmsg and raw_sendmsg have it. need_port: port 0 is -EINVAL. */
int dgram_to(struct dgram *d, const struct sock_msg *m, bool need_port, struct dgram_to *to);
/* The control messages of a send: 0 or -errno. */
int dgram_send_cmsg(struct dgram *d, const struct sock_msg *m, struct dgram_to *to);
/* What comes before a message may leave: SO_ERROR, shutdown. */
int dgram_may_send(struct dgram *d);
/* Room for n bytes before which `header` bytes and IP's headers fit; the program's data is copied
 * behind the header. 0 and *err = -ENOBUFS or -EFAULT. */
struct pbuf *dgram_copy(struct iter *it, size_t n, unsigned header, int *err);
/* IP's part: takes p. 0 or -errno. */
int dgram_output(struct dgram *d, struct pbuf *p, const struct dgram_to *to, u8 protocol);

/* ---- names ---- */
/* connect's work up to the addresses; the protocol has bound the socket. need: AF_UNSPEC undoes it.
 */
int dgram_connect(struct socket *s, const void *name, unsigned len);
void dgram_disconnect(struct dgram *d);

#endif
