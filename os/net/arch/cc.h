/* What lwIP wants to know of its surroundings (lwip/arch.h): the library OS's types, its
 * assertions, no output, and no libc beyond the declarations of string.h. */
#ifndef PITH_NET_ARCH_CC_H
#define PITH_NET_ARCH_CC_H

#include "base/string.h"
#include "base/types.h"

#define LWIP_NO_INTTYPES_H 1
#define LWIP_NO_CTYPE_H 1
#define LWIP_NO_UNISTD_H 1
#define LWIP_NO_LIMITS_H 1
#define INT_MAX 0x7fffffff
#define SSIZE_MAX 0x7fffffffffffffffl

/* Formats of messages that are never printed. */
#define X8_F "x"
#define U16_F "u"
#define S16_F "d"
#define X16_F "x"
#define U32_F "u"
#define S32_F "d"
#define X32_F "x"
#define SZT_F "zu"
#define LWIP_PLATFORM_DIAG(x)

#define LWIP_PLATFORM_ASSERT(x) base_bug("lwIP: " x)

#define lwip_htons(x) __builtin_bswap16(x)
#define lwip_htonl(x) __builtin_bswap32(x)
#define LWIP_DONT_PROVIDE_BYTEORDER_FUNCTIONS /* those of the C library are the program's */

/* What netif.c and dhcp.c take from libc. */
#define strlen str_len
#define strncmp net_strncmp
#define atoi net_atoi
int net_strncmp(const char *a, const char *b, size_t n);
int net_atoi(const char *s);

extern u32 net_tcp_wnd, net_tcp_sndbuf; /* net_start.c */
void net_mem_free(void *p);             /* mem_free in lwIP (third_party/lwip/build.mk) */
u32 net_rand(void);                     /* 32 random bits */
u32 net_now_ms(void);                   /* mono time in milliseconds, wraps */

#endif
