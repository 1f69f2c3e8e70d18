/* TCP sockets over lwIP's raw API.
 *
 *   inet_tcp.c          making, ending, polling, shutdown; the table of what a TCP socket does
 *   inet_tcp_event.c    what lwIP tells: data, acknowledgements, the end; the tie to its pcb
 *   inet_tcp_port.c     bind: the table of ports, who may share one
 *   inet_tcp_connect.c  connect                inet_tcp_listen.c   listen, accept
 *   inet_tcp_send.c     data out               inet_tcp_recv.c     data in
 *   inet_tcp_opt.c      options of SOL_TCP     inet_tcp_info.c     TCP_INFO
 *   inet_tcp_timer.c    what needs a clock of its own: corked data, TCP_USER_TIMEOUT ...
 *   inet_tcp_close.c    SO_LINGER, and the end of the program
 *
 * Rules
 *  - lwIP's pcb exists while a socket listens, connects or is connected, and after that for as long
 *    as lwIP needs it, without its socket. t->pcb is 0 when it is gone: it may go at any call of
 *    net_kick and at any sleep.
 *  - Received data stays in lwIP's pbufs, linked through `next` (their tot_len means nothing),
 * until the program takes it: copied once.
 *  - Bound sockets are in the table of ports whatever their state; connections that nobody bound
 * are known to lwIP alone.
 */
#ifndef PITH_NET_INET_TCP_H
#define PITH_NET_INET_TCP_H

#include <lwip/tcp.h>

#include "base/list.h"
#include "net/inet.h"
#include "net/netif.h"

/* What rarely is needed, allocated when it is. */
struct tcps_extra {
    struct timer timer;
    struct tcps *t;
    nsec_t cork_until;  /* corked data leaves then; NEVER: none waits */
    nsec_t defer_until; /* unaccepted: it is accepted without data then */
    nsec_t stalled_at;  /* since when nothing was acknowledged, for TCP_USER_TIMEOUT */
    nsec_t syn_until;   /* connecting: given up then, for TCP_SYNCNT */
    u32 stalled_ack;    /* what was acknowledged then */
    u32 user_timeout;   /* ms */
    u32 keep_idle, keep_intvl, keep_cnt; /* s; 0: the default */
    u32 defer;                           /* s */
    u32 syncnt, maxseg, clamp, lowat;
    s32 linger2;
};

/* Of a listening socket. */
struct tcps_group;
struct tcps_listen {
    struct tcps_group *group;
    struct tcps *owner;
    struct list member; /* in group.members */
    struct list ready;  /* connections to accept, through tcps.node */
    struct list early;  /* connections that wait for data: TCP_DEFER_ACCEPT */
    unsigned count, backlog;
};

struct tcps {
    struct inet_socket is; /* first */
    struct tcp_pcb *pcb;
    struct pbuf *rx, *rx_last; /* received and not read */
    u32 rx_len;                /* bytes of them */
    u32 rx_seen;               /* taken by the program since the window last grew */
    u32 window;                /* what was added to it */
    u16 rx_off;                /* of the first, bytes that have been read */
    u8 state;                  /* TCPS_*: of the connection */
    u8 phase;                  /* TCPS_SS_*: what connect() knows of it */
    u16 flags;
    u16 rx_count;        /* pbufs in rx; counts only roughly past 65535 */
    struct list node;    /* bound: in the table of ports; not accepted: in its listener's queue */
    struct tcps *parent; /* not accepted: the listener */
    struct tcps_listen *l;
    struct tcps_extra *x;
};
enum { TCPS_NEW, TCPS_LISTEN, TCPS_CONNECTING, TCPS_OPEN, TCPS_CLOSED };
enum { TCPS_SS_UNCONNECTED, TCPS_SS_CONNECTING, TCPS_SS_CONNECTED };
#define TCPS_NODELAY 1u
#define TCPS_CORK 2u
#define TCPS_FIN 4u         /* the peer has sent its last byte */
#define TCPS_NOSPACE 8u     /* somebody waits for room to send */
#define TCPS_BOUND_ADDR 16u /* the program chose the local address (port) */
#define TCPS_BOUND_PORT 32u
#define TCPS_EARLY 64u /* in l->early */
#define TCPS_NOQUICKACK 128u
#define TCPS_INQ 256u
#define TCPS_SAVE_SYN 512u
#define TCPS_SEND_FIN 1024u /* FIN is queued or sent */
#define TCPS_OLD_PORT 4096u /* is.local_port is what it was; only getsockname still tells */
#define TCPS_HEARD 8192u    /* something was received since the last send */
#define TCPS_DRY 2048u      /* the last call found nothing to do and did not sleep */

static inline struct tcps *tcps_of(struct socket *s)
{
    return (struct tcps *)s;
}

/* A call found nothing to do and will not sleep. Who asks in vain again and again never does: the
 * host is let in. True if something came. */
static inline bool tcps_starved(struct tcps *t)
{
    bool again = t->flags & TCPS_DRY;
    t->flags |= TCPS_DRY;
    return again && net_starved();
}

int tcp_socket(int family, struct socket **out);
/* A zeroed socket of the family, or 0. */
struct tcps *tcps_new(int family);
void tcps_free(struct tcps *t);
/* x, made if need be; 0: no memory. */
struct tcps_extra *tcps_extra(struct tcps *t);

/* ---- inet_tcp_event.c ---- */
/* The pcb becomes the socket's: it gets its options and callbacks. */
void tcps_attach(struct tcps *t, struct tcp_pcb *pcb);
/* The pcb goes its own way. */
void tcps_detach(struct tcps *t);
/* The socket is closed: FIN. lwIP does the rest alone. */
void tcps_leave(struct tcps *t);
/* Ends the connection: RST. Nothing is told to anybody. */
void tcps_abort(struct tcps *t);
/* Ends it with an error that the program will see. */
void tcps_fail(struct tcps *t, int error);
void tcps_drop_rx(struct tcps *t);
/* Options of the socket that the pcb has a copy of. */
void tcps_apply(struct tcps *t);
/* The connection is made, and nothing is queued yet: TCP_MAXSEG counts now, not later. */
void tcps_established(struct tcps *t);
/* Bytes that may wait to be read. */
u32 tcps_window(const struct tcps *t);
/* The program has taken a whole window: the next may be larger. */
void tcps_grow(struct tcps *t);

/* ---- inet_tcp_port.c ---- */
int tcps_bind(struct socket *s, const void *name, unsigned len);
/* A port for a socket that has none, as bind to port 0 does: 0 or -EADDRINUSE. */
int tcps_autobind(struct tcps *t, const ip_addr_t *ip);
/* May t, listening or not, be bound to this address? */
bool tcps_conflict(const struct tcps *t, const ip_addr_t *ip, u16 port);
void tcps_unbind(struct tcps *t);
/* Before the local port is looked at for a new use. */
void tcps_forget_port(struct tcps *t);
/* A port for a connection from src to dst: 0 if there is none. */
u16 tcps_port_for(struct tcps *t, const ip_addr_t *src, const ip_addr_t *dst, u16 dport);
/* Is there a connection with these ends? */
bool tcps_taken(const ip_addr_t *src, u16 sport, const ip_addr_t *dst, u16 dport);
/* Marks of the pcb for those who want its port after its socket is gone. */
#define TCPS_SO_REUSE 0x40u
#define TCPS_SO_REUSEPORT 0x80u

/* ---- inet_tcp_connect.c, inet_tcp_listen.c ---- */
int tcps_connect(struct socket *s, const void *name, unsigned len);
/* Back to a socket that is not connected. */
void tcps_disconnect(struct tcps *t);
int tcps_listen(struct socket *s, int backlog);
int tcps_accept(struct socket *s, struct socket **out);
/* Options of listening sockets have changed. */
void tcps_group_update(struct tcps_group *g);
const struct list *tcps_group_members(const struct tcps_group *g);
/* A connection that waited for data is ready to be accepted. */
void tcps_early_done(struct tcps *t);
/* It listens no more; connections nobody accepted are reset. */
void tcps_unlisten(struct tcps *t);

/* ---- inet_tcp_send.c, inet_tcp_recv.c ---- */
ssize_t tcps_send(struct socket *s, struct sock_msg *m);
ssize_t tcps_recv(struct socket *s, struct sock_msg *m);
/* Room to send, as poll sees it. */
bool tcps_writable(const struct tcps *t);
/* Hands what is queued to lwIP's output, all of it. */
void tcps_push(struct tcps *t);
/* Bytes sent or to be sent that are not acknowledged (not sent). */
u32 tcps_unacked(const struct tcps *t);
u32 tcps_unsent(const struct tcps *t);

/* ---- inet_tcp_opt.c, inet_tcp_info.c ---- */
int tcps_setopt(struct socket *s, int level, int name, const void *val, unsigned len);
int tcps_getopt(struct socket *s, int level, int name, void *val, unsigned *len);
struct tcp_info;
void tcps_info(struct tcps *t, struct tcp_info *i);
/* Linux's number of the state (TCP_ESTABLISHED is 1). */
u8 tcps_linux_state(const struct tcps *t);
u8 tcps_state_of(const struct tcp_pcb *pcb);

/* ---- inet_tcp_close.c ---- */
/* The last descriptor of the socket is closed: with SO_LINGER, waits until the peer has all. */
void tcps_closing(struct socket *s);

/* ---- inet_tcp_timer.c ---- */
/* Something that x->timer looks at has changed. */
void tcps_timer_update(struct tcps *t);

#endif
