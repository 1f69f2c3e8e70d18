/* The socket calls, as the C library makes them: Linux's arguments, results and errno values. All
 * pointers are the program's.
 *
 * The order of checks is Linux's, and differs from call to call: what a program gets when two
 * things are wrong at once is part of what is promised. */
#ifndef PITH_SYS_NET_H
#define PITH_SYS_NET_H

#include "net/socket.h"

long pith_sys_socket(int family, int type, int protocol);
long pith_sys_socketpair(int family, int type, int protocol, int *pair);
long pith_sys_bind(int fd, const void *name, int len);
long pith_sys_listen(int fd, int backlog);
long pith_sys_accept(int fd, void *name, int *len);
long pith_sys_accept4(int fd, void *name, int *len, int flags);
long pith_sys_connect(int fd, const void *name, int len);
long pith_sys_shutdown(int fd, int how);
long pith_sys_getsockname(int fd, void *name, int *len);
long pith_sys_getpeername(int fd, void *name, int *len);
long pith_sys_setsockopt(int fd, int level, int name, const void *val, int len);
long pith_sys_getsockopt(int fd, int level, int name, void *val, int *len);
long pith_sys_sendto(int fd, const void *buf, size_t n, unsigned flags, const void *name, int len);
long pith_sys_recvfrom(int fd, void *buf, size_t n, unsigned flags, void *name, int *len);
long pith_sys_sendmsg(int fd, const void *msg, unsigned flags);
long pith_sys_recvmsg(int fd, void *msg, unsigned flags);
long pith_sys_sendmmsg(int fd, void *vec, unsigned n, unsigned flags);
long pith_sys_recvmmsg(int fd, void *vec, unsigned n, unsigned flags, void *timeout);

/* ---- shared by these files ---- */

/* Flags of one of the calls that only ever come from inside Linux. */
#define MSG_INTERNAL 0x83e80000u

/* struct user_msghdr of <linux/socket.h>, which user space does not get. */
struct msghdr_os {
    void *name;
    s32 name_len;
    void *iov;
    u64 iov_len;
    void *control;
    u64 control_len;
    u32 flags;
};
struct mmsghdr_os {
    struct msghdr_os hdr;
    u32 len;
};

/* An address of the program into buf (SOCK_NAME_MAX bytes): 0, -EINVAL or -EFAULT. */
int net_get_name(void *buf, const void *user, int len);
/* An address of have bytes to the program, whose *user_len says how much fits and gets how much
 * there was: 0, -EINVAL or -EFAULT. */
int net_put_name(const void *buf, int have, void *user, int *user_len);
/* One message, flags without MSG_DONTWAIT's file flag; the file is held meanwhile. */
ssize_t net_send(struct socket *s, struct sock_msg *m);
ssize_t net_recv(struct socket *s, struct sock_msg *m);
/* sendmsg's and recvmsg's work on one header. cloexec and such flags go through. */
ssize_t net_sendmsg(struct socket *s, const struct msghdr_os *user, unsigned flags);
ssize_t net_recvmsg(struct socket *s, struct msghdr_os *user, unsigned flags);

#endif
