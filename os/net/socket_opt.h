/* Of socket_setopt.c and socket_getopt.c: the options that are one bit of socket.options. */
#ifndef PITH_NET_SOCKET_OPT_H
#define PITH_NET_SOCKET_OPT_H

#include "base/types.h"

struct sock_flag {
    int name; /* SO_* */
    u32 bit;  /* SOCK_OPT_* */
};
extern const struct sock_flag sock_flags[];
extern const unsigned sock_nflags;

#endif
