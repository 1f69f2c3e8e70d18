/* AF_UNIX: sockets between threads of the guest, and its bookkeeping.
 *
 *   unix.c          making, ending; what all types share: poll, shutdown, names, options
 *   unix_packet.c   buffers on their way, and the account of who sent them
 *   unix_stream.c   SOCK_STREAM's data          unix_dgram.c   SOCK_DGRAM's, SOCK_SEQPACKET's
 *   unix_name.c     bind, and finding a socket by path or abstract name
 *   unix_connect.c  connect, listen, accept
 *   unix_scm.c      credentials and descriptors inside messages
 *   unix_gc.c       sockets that are only inside messages of each other
 *   unix_socket.c   socket(AF_UNIX): pulls in names and connecting, which a pair does without
 *
 * Rules
 *  - A unix_sock lives as long as someone refers to it: its file, an unaccepted connection's
 *    listener, whoever is connected to it, and every packet it sent that nobody has read.
 *  - A packet waits in the receiver's queue and is charged to the sender's sndbuf, as Linux does
 *    it: what a socket can send is bounded by what its peers have not read.
 *  - A datagram socket takes UNIX_BACKLOG + 1 messages at once, from strangers: who waits for
 *    room, or polls for it, is in `room` of the receiver.
 */
#ifndef PITH_NET_UNIX_H
#define PITH_NET_UNIX_H

#include "base/list.h"
#include "net/socket.h"
#include "vfs/inode.h"

#define UNIX_BACKLOG 10u    /* net.unix.max_dgram_qlen */
#define UNIX_PATH_MAX 108u  /* sun_path */
#define UNIX_NAME_MAX 110u  /* sizeof(struct sockaddr_un) */
#define UNIX_FILES_MAX 253u /* descriptors in one message: SCM_MAX_FD */
#define UNIX_PIECE (PAGE_SIZE * 4 - sizeof(struct unix_packet)) /* of a stream, in one packet */

/* What a socket is bound to. Shared with the connections accepted on it. */
struct unix_name {
    u32 refs;
    u16 len, type; /* of the address below; of the socket, for abstract names are apart by type */
    struct unix_sock *owner;     /* abstract: who is found by it; not referenced */
    struct unix_name *hash_next; /* abstract, while owner is set */
    u16 family;
    char path[]; /* NUL-ended; begins with NUL if it is abstract */
};

struct unix_sock {
    struct socket s; /* first */
    u32 refs;
    u8 state;               /* UNIX_* */
    bool dead;              /* released */
    u8 mark;                /* of unix_gc.c */
    struct unix_sock *peer; /* referenced */
    struct unix_name *name; /* referenced; 0: unnamed */
    struct inode *inode;    /* referenced, with data = this; 0: not bound to a path */
    struct list queue;      /* packets to read */
    u32 queued;             /* packets in it; of a listener: connections that wait */
    u32 backlog;            /* more than this many is full */
    u64 wmem;               /* charged: sent and not read */
    struct list waiting;    /* listener: connections not accepted, through `next` */
    struct list next;
    struct waitq room;   /* those who wait for the queue to have room */
    struct waiter relay; /* in the peer's room: a poll of this found it full */
    s32 peek_off;        /* SO_PEEK_OFF, -1: off */
    u32 in_flight;       /* of its file's references, those that are inside messages */
    struct list flying;  /* in unix_flying, if in_flight */
    u32 inner;           /* of unix_gc.c */
    struct list all;     /* in unix_all */
};
#define UNIX_FREE 0u
#define UNIX_LISTENING 1u
#define UNIX_CONNECTED 2u

/* Who sent it, as SCM_CREDENTIALS tells. */
struct unix_cred {
    u32 pid, uid, gid;
};
/* Descriptors in a message: references on files. */
struct unix_files {
    struct list node; /* of those that unix_files_drop has still to drop */
    unsigned n;
    struct file *file[];
};
struct unix_packet {
    struct list node;
    struct unix_sock *from; /* referenced, and charged */
    u32 charge;
    u32 len, off; /* of the data; what has been read of it */
    u32 npages;   /* the packet's own memory; 0: mem_alloc's */
    struct unix_cred cred;
    struct unix_files *files;
    u8 data[];
};

static inline struct unix_sock *unix_of(struct socket *s)
{
    return container_of(s, struct unix_sock, s);
}
extern struct list unix_all;

/* ---- unix.c ---- */
/* One reference, unnamed, or 0. */
struct unix_sock *unix_new(int type);
static inline void unix_get(struct unix_sock *u)
{
    u->refs++;
}
void unix_put(struct unix_sock *u);
/* Ends it as its file's close does; drops the file's reference. */
void unix_release(struct unix_sock *u);
/* The socket sends and receives on this sndbuf: EPOLLOUT says so when three quarters are free. */
bool unix_writable(const struct unix_sock *u);
/* The queue has all it takes. */
static inline bool unix_full(const struct unix_sock *u)
{
    return u->queued > u->backlog;
}
/* The type in *type (SOCK_RAW is SOCK_DGRAM), or -errno. */
int unix_check_type(int *type, int protocol);
/* The process, as a peer sees it. */
struct unix_cred unix_self(void);
void unix_set_peer_cred(struct unix_sock *u, struct unix_cred c);
/* Waits for room in the queue of `other`, for a call on u: as sock_wait. */
int unix_wait_room(struct unix_sock *other, nsec_t deadline);
/* Forgets a datagram socket's peer, whose messages are thrown away. */
void unix_disconnect(struct unix_sock *u);

/* ---- unix_packet.c ---- */
/* Waits for sndbuf as a send with these flags does, then a packet with len bytes of the message,
 * charged to u; or 0 and *err. */
struct unix_packet *unix_packet_new(struct unix_sock *u, struct sock_msg *m, size_t len,
                                    nsec_t deadline, int *err);
/* Gives the charge back to the sender, tells it, and drops the files. */
void unix_packet_free(struct unix_packet *p);
void unix_queue_drop(struct unix_sock *u);
/* Nobody uses AF_UNIX now: spare memory goes back. */
void unix_packet_trim(void);

/* ---- unix_stream.c, unix_dgram.c ---- */
ssize_t unix_stream_send(struct socket *s, struct sock_msg *m);
ssize_t unix_stream_recv(struct socket *s, struct sock_msg *m);
ssize_t unix_dgram_send(struct socket *s, struct sock_msg *m);
ssize_t unix_dgram_recv(struct socket *s, struct sock_msg *m);
/* A poll of u found its peer's queue full: u is woken when there is room. True if it still is. */
bool unix_relay(struct unix_sock *u, struct unix_sock *peer);

/* ---- unix_name.c, unix_connect.c: absent in a program that only makes pairs,
 * so that unix.c and unix_dgram.c name them weakly ---- */
int unix_bind(struct socket *s, const void *name, unsigned len);
int unix_connect(struct socket *s, const void *name, unsigned len);
int unix_listen(struct socket *s, int backlog);
int unix_accept(struct socket *s, struct socket **out);
/* The socket of this type with this address, referenced, in *out; or -errno. */
int unix_find(const void *name, unsigned len, int type, struct unix_sock **out);
/* A name of its own, if it has none (SO_PASSCRED). 0 or -errno. */
int unix_autobind(struct unix_sock *u);
/* It ends: its name is free again. */
void unix_unname(struct unix_sock *u);
void unix_name_put(struct unix_name *n);

/* ---- unix_scm.c ---- */
/* What a send carries besides data. */
struct unix_scm {
    struct unix_cred cred;
    bool has_cred; /* given by the program */
    struct unix_files *files;
};
/* Decodes the control messages: 0 or -errno. unix_scm_done when the call ends. */
int unix_scm_get(struct unix_scm *scm, const struct sock_msg *m);
void unix_scm_done(struct unix_scm *scm);
/* Puts them into the first packet of a send to `to`. 0 or -errno. */
int unix_scm_attach(struct unix_scm *scm, struct unix_packet *p, const struct unix_sock *to);
/* What a receive of u found: creds if it asked for them, and descriptors, which `files` gives up
 * unless it is a look ahead. files may be 0. */
void unix_scm_put(struct unix_sock *u, struct sock_msg *m, const struct unix_cred *cred,
                  struct unix_files *files);
/* Drops the references; never deeper than one level inside itself. files may be 0. */
void unix_files_drop(struct unix_files *files);

/* ---- unix_gc.c ---- */
extern struct list unix_flying;
extern unsigned unix_files_flying; /* descriptors of all kinds inside messages */
/* Files are put into a message, or taken out. */
void unix_fly(struct unix_files *files);
void unix_land(struct unix_files *files);
/* Ends sockets that nothing but messages in their own queues refers to. */
void unix_collect(void);

#endif
