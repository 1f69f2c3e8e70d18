/* Sockets: what the families share, and what each must offer.
 *
 * A socket is an open file (vfs/file.h) whose priv is a struct socket. The families are objects of
 * their own, so a program that only makes a socketpair holds no TCP: pith_sys_socket names all
 * families, pith_sys_socketpair only AF_UNIX.
 *
 *   sys/net_*.c     decode: user memory, flags, addresses, control messages; SOL_SOCKET options
 *   net/socket.c    the file type: read, write, poll, ioctl, stat, close
 *   net/inet_*.c    AF_INET, AF_INET6: tcp, udp, raw over lwIP
 *   net/unix_*.c    AF_UNIX
 *   net/netlink*.c  the netlink requests that programs really make
 *
 * Rules
 *  - Ops run on the calling thread and may sleep where they say so; all results are >= 0 or
 *    -errno as Linux gives it. An interrupted sleep is -ERESTARTSYS.
 *  - Addresses in ops are Linux's struct sockaddr_* in OS memory, already copied and of at most
 *    SOCK_NAME_MAX bytes; lengths are the user's and are the op's to check.
 *  - Before sleeping with a socket in hand the caller holds a reference of its file.
 *  - Whoever changes what poll would say calls sock_wake.
 */
#ifndef PITH_NET_SOCKET_H
#define PITH_NET_SOCKET_H

#include "base/types.h"
#include "sched/thread.h"
#include "vfs/file.h"

#define SOCK_NAME_MAX 128u /* sizeof(struct sockaddr_storage) */

/* One message on its way in or out. */
struct sock_msg {
    /* send: the destination, name_len bytes, 0 = none. recv: room of SOCK_NAME_MAX bytes, or null;
     * the op sets name_len (0: no address, as TCP). */
    void *name;
    unsigned name_len;
    struct iter *it; /* the data */
    /* send: the control messages, copied, control_len bytes. recv: the user's buffer (written with
     * sock_cmsg_put alone) and the room left in it; control_done is what was written. */
    void *control;
    size_t control_len, control_done;
    u32 flags;     /* MSG_* of the call */
    u32 out_flags; /* recv: MSG_TRUNC, MSG_CTRUNC, MSG_EOR, MSG_ERRQUEUE ... */
};

struct socket;
/* A null member: -EOPNOTSUPP (poll: always ready both ways). */
struct socket_ops {
    int (*bind)(struct socket *s, const void *name, unsigned len);
    /* May sleep. */
    int (*connect)(struct socket *s, const void *name, unsigned len);
    int (*listen)(struct socket *s, int backlog);
    /* May sleep. A new socket without a file in *out. */
    int (*accept)(struct socket *s, struct socket **out);
    /* Bytes moved; both may sleep. With MSG_PEEK nothing is taken. */
    ssize_t (*send)(struct socket *s, struct sock_msg *m);
    ssize_t (*recv)(struct socket *s, struct sock_msg *m);
    int (*shutdown)(struct socket *s, int how);
    /* Fills name (SOCK_NAME_MAX bytes); the length or -errno. */
    int (*getname)(struct socket *s, void *name, bool peer);
    /* Options that are not of SOL_SOCKET, or are and this family does more than note them:
     * -ENOPROTOOPT lets the common code go on. val is OS memory of len bytes; get fills at most
     * *len and sets it. */
    int (*setopt)(struct socket *s, int level, int name, const void *val, unsigned len);
    int (*getopt)(struct socket *s, int level, int name, void *val, unsigned *len);
    u32 (*poll)(struct socket *s); /* EPOLL* bits now */
    /* arg is user memory. -ENOIOCTLCMD (515): the common code tries interface requests. */
    long (*ioctl)(struct socket *s, unsigned cmd, unsigned long arg);
    /* The last descriptor is closed, release follows: may sleep (SO_LINGER). */
    void (*closing)(struct socket *s);
    void (*release)(struct socket *s); /* the file is gone; may linger on without it */
    /* Bytes that can be read now, for FIONREAD, and that wait to be sent, for SIOCOUTQ. */
    long (*pending)(struct socket *s, bool out);
};
#define ENOIOCTLCMD 515

struct socket {
    const struct socket_ops *ops;
    struct file *file; /* not referenced; 0 before it has one and after close */
    struct waitq waitq;
    u16 family, type, protocol;
    u16 shut;  /* bit 0: reading, bit 1: writing */
    int error; /* SO_ERROR: -errno, taken once */
    u64 ino;
    nsec_t rcv_timeout, snd_timeout; /* lengths; 0 = wait for ever */
    u32 rcvbuf, sndbuf, rcvlowat;
    u32 options; /* bit per SO_* flag: SOCK_OPT_* */
    s32 linger;  /* seconds, of use with SOCK_OPT_LINGER */
    u32 mark, priority, bound_if;
    u32 timestamping;                 /* SO_TIMESTAMPING's flags */
    u32 peer_pid, peer_uid, peer_gid; /* SO_PEERCRED, of AF_UNIX */
    void *priv; /* of the family; often the socket is the first member of something larger */
};
#define SOCK_OPT_REUSEADDR 1u
#define SOCK_OPT_REUSEPORT 2u
#define SOCK_OPT_KEEPALIVE 4u
#define SOCK_OPT_BROADCAST 8u
#define SOCK_OPT_DONTROUTE 16u
#define SOCK_OPT_OOBINLINE 32u
#define SOCK_OPT_TIMESTAMP 64u
#define SOCK_OPT_TIMESTAMPNS 128u
#define SOCK_OPT_PASSCRED 256u
#define SOCK_OPT_LISTENING 512u /* SO_ACCEPTCONN */
#define SOCK_OPT_RXQ_OVFL 1024u
#define SOCK_OPT_LINGER 2048u
#define SOCK_OPT_DEBUG 4096u
#define SOCK_OPT_PASSSEC 8192u
#define SOCK_OPT_NO_CHECK 16384u
#define SOCK_OPT_TIMESTAMP_NEW 32768u /* with TIMESTAMP or TIMESTAMPNS: 64-bit structures */
#define SOCK_OPT_SNDBUF_LOCK 65536u   /* the program has set sndbuf (rcvbuf) */
#define SOCK_OPT_RCVBUF_LOCK 131072u
#define SOCK_OPT_SELECT_ERR 262144u
#define SOCK_OPT_NOFCS 524288u
#define SOCK_OPT_PASSPIDFD 1048576u
#define SOCK_OPT_RCVMARK 2097152u
#define SOCK_OPT_RCVPRIO 4194304u

/* A family makes sockets: *out allocated (sock_init done), type without SOCK_NONBLOCK and
 * SOCK_CLOEXEC, or -ESOCKTNOSUPPORT, -EPROTONOSUPPORT, -EPERM, -ENOMEM ... */
int inet_socket(int family, int type, int protocol, struct socket **out);
int unix_socket(int type, int protocol, struct socket **out);
int unix_pair(int type, int protocol, struct socket *out[2]);
int netlink_socket(int type, int protocol, struct socket **out);

/* Fields of a zeroed socket get their defaults. */
void sock_init(struct socket *s, const struct socket_ops *ops, int family, int type, int protocol);
/* Gives it a file and a descriptor; on failure it is released. flags: SOCK_NONBLOCK, SOCK_CLOEXEC.
 */
int sock_publish(struct socket *s, int flags);
/* Only a file, with one reference; 0: no memory, the socket is still the caller's. flags:
 * O_NONBLOCK. */
struct file *sock_file_new(struct socket *s, u32 flags);
/* The socket behind a descriptor: 0 and *err = -EBADF or -ENOTSOCK. Its file is not referenced. */
struct socket *sock_of_fd(int fd, int *err);
struct socket *sock_of_file(struct file *f); /* 0: not a socket */

/* Must this call not sleep? */
bool sock_nonblock(const struct socket *s, u32 msg_flags);
/* When a receive (or send) that starts now must end; NEVER. */
nsec_t sock_deadline(const struct socket *s, bool send);
/* Sleeps on the socket's queue until something changes: 0, -EAGAIN at the deadline, -ERESTARTSYS
 * (-EINTR if a timeout is set, as signal(7) says). What was waited for must be checked again. */
int sock_wait(struct socket *s, nsec_t deadline);
/* Poll's answer may have changed: wakes sleepers, poll and epoll. */
static inline void sock_wake(struct socket *s, u32 events)
{
    waitq_wake(&s->waitq, events);
}
/* SO_ERROR's value, which is taken: 0 or -errno. */
int sock_error(struct socket *s);
/* Sending where nobody can receive: -EPIPE, with SIGPIPE unless MSG_NOSIGNAL. */
int sock_epipe(u32 msg_flags);

/* Appends a control message to m->control of a receive: MSG_CTRUNC in out_flags if it does not fit.
 */
void sock_cmsg_put(struct sock_msg *m, int level, int type, const void *data, size_t len);
/* Walks the control messages of a send: the next after `at` (0: the first), or 0; a message whose
 * length is wrong is -EINVAL in *err. *len is the data's. */
struct cmsghdr_os {
    u64 len;
    s32 level, type;
};
const struct cmsghdr_os *sock_cmsg_next(const struct sock_msg *m, const struct cmsghdr_os *at,
                                        size_t *len, int *err);

/* The options of SOL_SOCKET that all families share: as ops->setopt and getopt. A family's op is
 * asked first, for SOL_SOCKET as well. */
int sock_setopt(struct socket *s, int name, const void *val, unsigned len);
int sock_getopt(struct socket *s, int name, void *val, unsigned *len);

/* Of the families AF_INET, AF_INET6 and AF_NETLINK; absent (0) in a program without them. */
long sock_if_ioctl(unsigned cmd, unsigned long arg) WEAK; /* SIOCGIF...; -ENOTTY */
unsigned sock_if_index(const char *name) WEAK;            /* 0: there is no such interface */
bool sock_if_name(unsigned index, char name[16]) WEAK;

#endif
