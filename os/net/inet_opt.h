/* Of the options of the IP levels alone (inet_opt.c, inet_opt6.c, inet_mcast.c). */
#ifndef PITH_NET_INET_OPT_H
#define PITH_NET_INET_OPT_H

#include "net/inet.h"

/* Options that are a flag and nothing else; the last has no flag. */
struct inet_flag {
    int name;
    u64 flag;
};
u64 inet_flag_of(const struct inet_flag *f, int name);
void inet_flag_set(struct inet_socket *is, u64 flag, int on);

/* An int, or a byte if there is no more, or 0. */
int inet_opt_int(const void *val, unsigned len);
/* v to the program as it has room: getopt's result. */
int inet_opt_put(void *val, unsigned *len, int v);

int inet_setopt4(struct inet_socket *is, int name, const void *val, unsigned len);
int inet_getopt4(struct inet_socket *is, int name, void *val, unsigned *len);
int inet_setopt6(struct inet_socket *is, int name, const void *val, unsigned len);
int inet_getopt6(struct inet_socket *is, int name, void *val, unsigned *len);
/* IP_MULTICAST_IF and the joins; of SOL_IPV6 too. */
int inet_setopt_group4(struct inet_socket *is, int name, const void *val, unsigned len);
int inet_setopt_group6(struct inet_socket *is, int name, const void *val, unsigned len);

#endif
